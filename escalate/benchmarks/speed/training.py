"""The trainer's speed beside a plain Trainer of transformers: the same base, rows, settings and validation, by turns."""

from __future__ import annotations

import json
import logging
import platform
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import datasets
import numpy as np
from transformers import AutoTokenizer, DataCollatorWithPadding, Trainer, TrainingArguments, set_seed

from escalate.benchmarks.speed.machine import machine
from escalate.data.labelled import LabelledText
from escalate.errors import ConfigError
from escalate.evaluation.metrics import scores
from escalate.model import find_checkpoint, load_classifier
from escalate.training.config import ModelConfig, OptimisationConfig, TrainConfig, configured
from escalate.training.data import read_training_data
from escalate.training.precision import resolved
from escalate.training.run import RESULTS
from escalate.training.train import train

OURS, PLAIN = "escalate", "Trainer"
_EVALUATION_BATCH: Final = 64
_PACKAGES: Final = ("torch", "transformers", "accelerate", "datasets")

logger = logging.getLogger(__name__)


def compare_training(config: TrainConfig, seeds: Sequence[int]) -> dict[str, Any]:
    """Train with both, once with each seed, and evaluate on validation after the last epoch.

    A plain Trainer knows nothing of the methods of `escalate.training`: they must be left out. It computes in float32, which is
    its default; ours in the configuration's precision.

    Each is timed from the base on disk to the trained checkpoint on disk: loading, tokenising and evaluation are included.

    Args:
        config: The configuration: base, window, rows, epochs, batch size, learning rate, weight decay, warmup, threads and our
            precision.
        seeds: The seeds.

    Returns:
        "data" (SHA-256 by file), "seeds", "rows" (trained on and validated on), "precision" (ours), "settings", "machine",
        "versions", "ratios" (by seed, plain seconds over ours), and "trainers": name -> lists of "seconds",
        "examples_per_second" and "macro_f1".

    Raises:
        ConfigError: If the configuration switches something else on, or names no validation rows.
    """
    _check(config)
    before = machine()
    trainers: dict[str, dict[str, list[float]]] = {
        name: {"seconds": [], "examples_per_second": [], "macro_f1": []} for name in (PLAIN, OURS)
    }
    with tempfile.TemporaryDirectory(prefix="escalate-") as folder:
        for turn, seed in enumerate(seeds):
            one = configured({"seed": seed, "output": f"{folder}/{seed}"}, "training speed", config)
            _, rows, validation, hashes = read_training_data(one.data, seed)
            for name in (PLAIN, OURS) if turn % 2 else (OURS, PLAIN):
                logger.info("%s, seed %d", name, seed)
                started = time.perf_counter()
                macro_f1 = _ours(one) if name == OURS else _plain(one, Path(folder) / f"plain-{seed}")
                seconds = time.perf_counter() - started
                figures = {
                    "seconds": seconds,
                    "examples_per_second": len(rows) * one.optimisation.epochs / seconds,
                    "macro_f1": macro_f1,
                }
                for figure, value in figures.items():
                    trainers[name][figure].append(value)
    return {
        "data": hashes,
        "seeds": list(seeds),
        "rows": {"train": len(rows), "validation": len(validation)},
        "precision": resolved(config.optimisation.precision) or "float32",
        "settings": config.model_dump(include={"model", "optimisation"}),
        "machine": before,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "ratios": [plain / ours for plain, ours in zip(trainers[PLAIN]["seconds"], trainers[OURS]["seconds"], strict=True)],
        "trainers": trainers,
    }


def _check(config: TrainConfig) -> None:
    settings, data = config.optimisation, config.data
    plain = TrainConfig(
        name=config.name,
        output=config.output,
        seed=config.seed,
        model=ModelConfig(base=config.model.base, max_tokens=config.model.max_tokens),
        data=data.model_copy(update={"actor_swaps": 0.0}),
        optimisation=OptimisationConfig(
            epochs=settings.epochs,
            patience=settings.epochs,
            batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            warmup=settings.warmup,
            precision=settings.precision,
            threads=settings.threads,
        ),
    )
    if config != plain:
        raise ConfigError("training speed: a plain Trainer has none of our methods; leave them out, and set patience to epochs")
    if not data.validation and not data.validation_share:
        raise ConfigError("training speed: data.validation is empty; the two trainers are compared on validation rows too")


def _ours(config: TrainConfig) -> float:
    results = json.loads((train(config) / RESULTS).read_text(encoding="utf-8"))
    return float(results["validation"]["macro_f1"])


def _plain(config: TrainConfig, target: Path) -> float:
    """Fine-tune as transformers' own guide to text classification does: batches in random order, padded to their longest."""
    labels, rows, validation, _ = read_training_data(config.data, config.seed)
    settings = config.optimisation
    set_seed(config.seed)
    base = find_checkpoint(config.model.base)
    tokenizer = AutoTokenizer.from_pretrained(base)

    def encoded(texts: Sequence[LabelledText]) -> datasets.Dataset:
        ids = tokenizer([row.text for row in texts], truncation=True, max_length=config.model.max_tokens)
        return datasets.Dataset.from_dict({**ids, "labels": [row.target for row in texts]})

    steps = -(-len(rows) // settings.batch_size) * settings.epochs
    trainer = Trainer(
        model=load_classifier(base, labels),
        args=TrainingArguments(
            output_dir=str(target),
            num_train_epochs=settings.epochs,
            per_device_train_batch_size=settings.batch_size,
            per_device_eval_batch_size=_EVALUATION_BATCH,
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            warmup_steps=int(settings.warmup * steps),
            eval_strategy="epoch",
            save_strategy="epoch",
            report_to=[],
            seed=config.seed,
        ),
        train_dataset=encoded(rows),
        eval_dataset=encoded(validation),
        data_collator=DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,
        compute_metrics=lambda found: {
            "macro_f1": scores(np.asarray(found.predictions).argmax(axis=1), np.asarray(found.label_ids), labels)["macro_f1"]
        },
    )
    trainer.train()
    return float([record["eval_macro_f1"] for record in trainer.state.log_history if "eval_macro_f1" in record][-1])
