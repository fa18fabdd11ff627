"""Fine-tune an encoder with Hugging Face's Trainer: configuration in, run directory out."""

from __future__ import annotations

import json
import logging
import math
import platform
import random
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import datasets
import numpy as np
import torch
import yaml
from transformers import (
    AutoTokenizer,
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    TrainingArguments,
    set_seed,
)

from escalate.data.labelled import LabelledText
from escalate.errors import ConfigError
from escalate.evaluation.metrics import scores
from escalate.model import find_checkpoint, load_classifier
from escalate.text import normalise
from escalate.training.augmentation import SwappingCollator, variants
from escalate.training.config import TrainConfig
from escalate.training.data import read_texts, read_training_data
from escalate.training.losses import WeightedTrainer, class_weights
from escalate.training.pooling import distil_pooling

CHECKPOINT: Final = "checkpoint"
CONFIG: Final = "config.yaml"
RESULTS: Final = "results.json"
_EPOCHS: Final = "epochs"
_POOLED: Final = "pooled"
_VARIANTS: Final = 3
_PACKAGES: Final = ("escalate-signals", "torch", "transformers", "datasets", "tokenizers", "numpy")

logger = logging.getLogger(__name__)


def train(config: TrainConfig) -> Path:
    """Train a classifier; an interrupted run with the same configuration goes on after its last whole epoch.

    Args:
        config: The configuration.

    Returns:
        The run's directory with `checkpoint/` (safetensors, loadable by `AutoModelForSequenceClassification`),
        `config.yaml` (resolved), `results.json` (metrics, data hashes, seed, versions) and `train.log`.

    Raises:
        ConfigError: If the directory holds a run of another configuration.
        DataError: If the data cannot be used.
        BundleError: If the base checkpoint cannot be found or loaded.
    """
    run = Path(config.output)
    _claim(run, config)
    if (run / RESULTS).is_file():
        logger.info("%s is finished; remove it to train again", run)
        return run
    handler = logging.FileHandler(run / "train.log", encoding="utf-8")
    package = logging.getLogger(__package__)
    package.addHandler(handler)
    try:
        _fit(config, run)
    finally:
        package.removeHandler(handler)
        handler.close()
    return run


def _fit(config: TrainConfig, run: Path) -> None:
    labels, train_rows, validation_rows, hashes = read_training_data(config.data, config.seed)
    if config.optimisation.threads is not None:
        torch.set_num_threads(config.optimisation.threads)
    set_seed(config.seed)
    base = find_checkpoint(config.model.base)
    if config.pooling is not None:
        texts, read = read_texts(config.pooling.texts, allow_unlisted=config.data.allow_unlisted)
        hashes |= read
        base = distil_pooling(base, texts, config.pooling, config.seed, run / _POOLED)
        set_seed(config.seed)
    tokenizer = AutoTokenizer.from_pretrained(base)
    dropout = {} if config.model.dropout is None else {"hidden_dropout_prob": config.model.dropout}
    model = load_classifier(base, labels, **dropout)
    window = min(config.model.max_tokens, getattr(model.config, "max_position_embeddings", config.model.max_tokens))
    shares = _shares(train_rows, len(labels))
    trainer = WeightedTrainer(
        model=model,
        args=_arguments(config, run, math.ceil(len(train_rows) / config.optimisation.batch_size), bool(validation_rows)),
        train_dataset=_encoded(train_rows, tokenizer, window, _swapped(train_rows, config)),
        eval_dataset=_encoded(validation_rows, tokenizer, window) if validation_rows else None,
        data_collator=SwappingCollator(tokenizer, config.data.actor_swaps, config.seed),
        processing_class=tokenizer,
        compute_metrics=_metrics(labels),
        callbacks=[EarlyStoppingCallback(config.optimisation.patience)] if validation_rows else [],
        weights=class_weights(shares, config.optimisation.class_weights),
        smoothing=config.optimisation.label_smoothing,
        r_drop=config.optimisation.r_drop,
    )
    logger.info("%d training and %d validation sentences from %s", len(train_rows), len(validation_rows), base)
    resumed = _last_whole_epoch(run / _EPOCHS)
    if resumed is not None:
        logger.info("going on from %s", resumed)
    trainer.train(resume_from_checkpoint=resumed)
    history = [record for record in trainer.state.log_history if "eval_macro_f1" in record]
    for record in history:
        logger.info("epoch %g: validation macro-F1 %.4f", record["epoch"], record["eval_macro_f1"])
    _save(model, tokenizer, run, window)
    results = {
        "name": config.name,
        "seed": config.seed,
        "labels": labels,
        "validation": _plain(trainer.evaluate()) if validation_rows else {},
        "epochs": [_plain(record) for record in history],
        "rows": {"train": len(train_rows), "validation": len(validation_rows)},
        "prior": shares,
        "max_tokens": window,
        "data": hashes,
        "base": config.model.base,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
    }
    staging = run / f".{RESULTS}"
    staging.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    staging.replace(run / RESULTS)
    shutil.rmtree(run / _EPOCHS, ignore_errors=True)
    shutil.rmtree(run / _POOLED, ignore_errors=True)


def _claim(run: Path, config: TrainConfig) -> None:
    content = yaml.safe_dump(config.model_dump(), sort_keys=False, allow_unicode=True)
    resolved = run / CONFIG
    if resolved.is_file() and resolved.read_text(encoding="utf-8") != content:
        raise ConfigError(f"{run} holds a run of another configuration; choose another output or remove it")
    run.mkdir(parents=True, exist_ok=True)
    resolved.write_text(content, encoding="utf-8")


def _arguments(config: TrainConfig, run: Path, steps: int, validated: bool) -> TrainingArguments:
    settings = config.optimisation
    return TrainingArguments(
        output_dir=str(run / _EPOCHS),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=64,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        warmup_steps=int(settings.warmup * settings.epochs * steps),
        train_sampling_strategy="group_by_length",
        eval_strategy="epoch" if validated else "no",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=validated,
        metric_for_best_model="macro_f1" if validated else None,
        greater_is_better=True if validated else None,
        logging_strategy="epoch",
        report_to=[],
        # The collator reads the column of variants.
        remove_unused_columns=False,
        seed=config.seed,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _swapped(rows: Sequence[LabelledText], config: TrainConfig) -> list[list[str]]:
    order = random.Random(config.seed)
    count = _VARIANTS if config.data.actor_swaps else 0
    return [variants(row.text, count, order) for row in rows]


def _encoded(
    rows: Sequence[LabelledText], tokenizer: PreTrainedTokenizerBase, window: int, others: Sequence[Sequence[str]] = ()
) -> datasets.Dataset:
    def ids_of(texts: Sequence[str]) -> list[list[int]]:
        cut = {"truncation": True, "max_length": window}
        return list(tokenizer([normalise(text) for text in texts], **cut)["input_ids"]) if texts else []

    ids = ids_of([row.text for row in rows])
    return datasets.Dataset.from_dict(
        {
            "input_ids": ids,
            "length": [len(of_row) for of_row in ids],
            "labels": [row.target for row in rows],
            "variants": [ids_of(texts) for texts in others] or [[] for _ in rows],
        }
    )


def _metrics(labels: Sequence[str]) -> Any:
    def compute(prediction: EvalPrediction) -> dict[str, float]:
        found = scores(np.asarray(prediction.predictions).argmax(axis=1), np.asarray(prediction.label_ids), labels)
        per_class = {f"f1_{label}": values["f1"] for label, values in found["per_class"].items()}
        return {"macro_f1": found["macro_f1"], "accuracy": found["accuracy"], **per_class}

    return compute


def _last_whole_epoch(folder: Path) -> str | None:
    """Return the newest checkpoint that was written to its end; the trainer's state is the last file it writes."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    for path in set(folder.glob("checkpoint-*")) - set(whole):
        shutil.rmtree(path)
    return str(max(whole, key=lambda path: int(path.name.rpartition("-")[2]))) if whole else None


def _save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, run: Path, window: int) -> None:
    staging = run / f".{CHECKPOINT}"
    shutil.rmtree(staging, ignore_errors=True)
    tokenizer.model_max_length = window
    model.save_pretrained(staging)
    tokenizer.save_pretrained(staging)
    shutil.rmtree(run / CHECKPOINT, ignore_errors=True)
    staging.rename(run / CHECKPOINT)


def _shares(rows: Sequence[LabelledText], count: int) -> list[float]:
    numbers = np.bincount([row.target for row in rows], minlength=count)
    return [float(share) for share in numbers / numbers.sum()]


def _plain(record: dict[str, Any]) -> dict[str, float]:
    kept = {key.removeprefix("eval_"): float(value) for key, value in record.items()}
    return {key: value for key, value in kept.items() if not key.endswith(("runtime", "per_second"))}
