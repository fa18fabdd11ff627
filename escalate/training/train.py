"""Fine-tune an encoder with Hugging Face's Trainer: configuration in, run directory out."""

from __future__ import annotations

import logging
import math
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from accelerate import PartialState
from transformers import AutoTokenizer, EarlyStoppingCallback, EvalPrediction, PreTrainedModel, TrainingArguments, set_seed

from escalate.data.labelled import LabelledText
from escalate.data.polarity import read_polarity
from escalate.evaluation.metrics import scores
from escalate.model import find_checkpoint, load_classifier
from escalate.training.adapters import merged, with_adapters
from escalate.training.augmentation import Epochs, SwappingCollator
from escalate.training.averaging import average, best_epochs, mean_weights
from escalate.training.codes import codes_of, put_head, take_head
from escalate.training.config import TrainConfig
from escalate.training.data import read_texts, read_training_data
from escalate.training.distillation import teach
from escalate.training.encoding import encoded, swapped
from escalate.training.first_position import read_first_position
from escalate.training.inputs import begin, check_finished, inputs_of
from escalate.training.layers import freeze_layers, keep_layers
from escalate.training.losses import UNLABELLED, Objective, class_weights
from escalate.training.polarity import polarity_of, signals_of
from escalate.training.pooling import distil_pooling, pooled_at
from escalate.training.precision import resolved
from escalate.training.resuming import last_whole_epoch, stopped_after
from escalate.training.run import CHECKPOINT, CONFIG, LOG, RESULTS, claim, origin, release, save_checkpoint, save_results
from escalate.training.tables import round_words
from escalate.training.trainer import ObjectiveTrainer

__all__ = ["CHECKPOINT", "CONFIG", "RESULTS", "train"]

_EPOCHS: Final = "epochs"
_POOLED: Final = "pooled"
_TEACHERS: Final = "teachers"
# New heads are drawn from it whatever the run's seed: runs of several seeds start from the same weights and can be averaged.
_START: Final = 0

logger = logging.getLogger(__name__)


def train(config: TrainConfig) -> Path:
    """Train a classifier; an interrupted run with the same configuration goes on after its last whole epoch.

    Under `accelerate launch` every process calls it, and the first one writes.

    Args:
        config: The configuration.

    Returns:
        The run's directory with `checkpoint/` (safetensors, loadable by `AutoModelForSequenceClassification`),
        `config.yaml` (resolved), `inputs.json` (hashes of data, teachers and base at the start), `results.json` (metrics, data
        hashes, seed, versions) and `train.log`.

    Raises:
        ConfigError: If the directory cannot be made or holds a run of another configuration, or base and settings do not fit.
        DataError: If the data cannot be used, or the directory holds a run, finished or not, of other data, teachers or base.
        BundleError: If the base checkpoint or a teacher cannot be found or loaded.
    """
    run = Path(config.output)
    with _processes().main_process_first():
        claim(run, config)
    try:
        if (run / RESULTS).is_file():
            check_finished(run, config)
            logger.info("%s is finished; remove it to train again", run)
        elif config.average_seeds:
            _averaged(config, run)
        else:
            with _logged(run / LOG):
                _fit(config, run)
    except BaseException:
        if _processes().is_main_process:
            release(run)
        raise
    return run


@contextmanager
def _logged(file: Path) -> Iterator[None]:
    """Write what the package says of a training to a file, whatever the program that trains has set its own log to."""
    package = logging.getLogger(__package__)
    handler, level = logging.FileHandler(file, encoding="utf-8"), package.level
    package.addHandler(handler)
    if not package.isEnabledFor(logging.INFO):
        package.setLevel(logging.INFO)
    try:
        yield
    finally:
        package.setLevel(level)
        package.removeHandler(handler)
        handler.close()


def _averaged(config: TrainConfig, run: Path) -> None:
    parts = []
    for seed in (config.seed, *config.average_seeds):
        one = config.model_copy(update={"seed": seed, "average_seeds": [], "output": f"{config.output}-{seed}"})
        parts.append(train(one))
    if _processes().is_main_process:
        average(parts, run, config)


def _fit(config: TrainConfig, run: Path) -> None:
    inputs = inputs_of(config, allow_unlisted=config.data.allow_unlisted)
    labels, train_rows, validation_rows, hashes = read_training_data(config.data, config.seed)
    with _processes().main_process_first():
        begin(run, inputs)
    settings, precision = config.optimisation, resolved(config.optimisation.precision)
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    base = find_checkpoint(config.model.base)
    if config.pooling is not None:
        texts, read = read_texts(config.pooling.texts, allow_unlisted=config.data.allow_unlisted)
        hashes |= read
        with _processes().main_process_first():
            base = distil_pooling(base, texts, config.pooling, pooled_at(base, texts, config.pooling, run / _POOLED))
    tokenizer = AutoTokenizer.from_pretrained(base)
    set_seed(_START)
    model = _model(base, labels, config)
    start = {name: value.clone() for name, value in model.state_dict().items()} if settings.start_share else {}
    window = min(config.model.max_tokens, getattr(model.config, "max_position_embeddings", config.model.max_tokens))
    shares = _shares(train_rows, len(labels))
    rows, columns = list(train_rows), {}
    if config.polarity is not None:
        polarity = polarity_of(rows, signals_of(config.polarity, labels), read_polarity(Path(config.polarity.readings)))
        hashes |= {config.polarity.readings: inputs.data[config.polarity.readings]}
    if config.distillation is not None:
        texts, read = read_texts(config.distillation.texts, allow_unlisted=config.data.allow_unlisted)
        rows += [LabelledText(text, UNLABELLED, "") for text in texts[: config.distillation.limit]]
        with _processes().main_process_first():
            kept = Path(config.distillation.keep or run / _TEACHERS)
            said, teachers = teach([row.text for row in rows], config.distillation, labels, window, kept, precision)
        hashes |= read | teachers
        columns["teacher"] = said.tolist()
    if config.polarity is not None:
        columns["polarity"] = polarity + [float(UNLABELLED)] * (len(rows) - len(polarity))
    if config.codes is not None:
        columns["codes"], count = codes_of(rows, config.codes.column)
        put_head(model, count)
    # The Trainer evaluates in the order given: batches of like length need little padding.
    by_length = sorted(validation_rows, key=lambda row: len(row.text))
    collator = SwappingCollator(tokenizer, config.data.actor_swaps, config.seed)
    trainer = ObjectiveTrainer(
        model=model if config.lora is None else with_adapters(model, config.lora),
        args=_arguments(config, run, len(rows), bool(validation_rows)),
        train_dataset=encoded(rows, tokenizer, window, swapped(rows, config.data.actor_swaps, config.seed), columns),
        eval_dataset=encoded(by_length, tokenizer, window) if by_length else None,
        data_collator=collator,
        processing_class=tokenizer,
        compute_metrics=_metrics(labels),
        callbacks=[Epochs(collator), *([EarlyStoppingCallback(settings.patience)] if validation_rows else [])],
        objective=_objective(config, labels, class_weights(shares, settings.class_weights)),
        layer_decay=settings.layer_decay,
    )
    logger.info("%d training and %d validation sentences from %s", len(train_rows), len(validation_rows), base)
    with _processes().main_process_first():
        resumed = last_whole_epoch(run / _EPOCHS)
    if resumed is not None:
        logger.info("going on from %s", resumed)
        if (trained := stopped_after(resumed)) is not None:
            # The Trainer forgets that it had stopped; without an epoch left it goes straight to the best one.
            trainer.args.num_train_epochs = trained
    trainer.train(resume_from_checkpoint=None if resumed is None else str(resumed))
    history = [record for record in trainer.state.log_history if "eval_macro_f1" in record]
    for record in history:
        logger.info("epoch %g: validation macro-F1 %.4f", record["epoch"], record["eval_macro_f1"])
    if settings.average_epochs > 1:
        model.load_state_dict(mean_weights(best_epochs(run / _EPOCHS, settings.average_epochs)))
    _keep(model, start, settings.start_share)
    validation = _plain(trainer.evaluate()) if validation_rows else {}
    if config.codes is not None:
        take_head(model)
    if not trainer.is_world_process_zero():
        return
    save_checkpoint(model if config.lora is None else merged(trainer.model), tokenizer, run, window)
    save_results(
        run,
        {
            "name": config.name,
            "seed": config.seed,
            "labels": labels,
            "validation": validation,
            "epochs": [_plain(record) for record in history],
            "rows": {"train": len(train_rows), "validation": len(validation_rows), **_unlabelled(rows)},
            "prior": shares,
            "precision": precision or "float32",
            "max_tokens": window,
            "data": hashes,
            "base": origin(config.model.base),
            "base_sha256": inputs.base,
        },
    )
    for name in (_EPOCHS, _POOLED, _TEACHERS):
        shutil.rmtree(run / name, ignore_errors=True)


def _processes() -> PartialState:
    """Return what is known of the other processes; without an accelerator they have to be looked for among those of the CPU."""
    return PartialState(cpu=not torch.accelerator.is_available())


def _model(base: Path, labels: Sequence[str], config: TrainConfig) -> PreTrainedModel:
    dropout = {} if config.model.dropout is None else {"hidden_dropout_prob": config.model.dropout}
    model = load_classifier(base, labels, **dropout)
    if config.model.layers is not None:
        keep_layers(model, config.model.layers)
    freeze_layers(model, config.model.frozen_layers)
    if config.model.table_bits == 4:
        round_words(model)
    read_first_position(model)
    return model


def _keep(model: PreTrainedModel, start: dict[str, torch.Tensor], share: float) -> None:
    """Draw the weights back towards those that training started from, by a share of the way."""
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if name in start and value.is_floating_point():
                value.lerp_(start[name].to(value.device), share)


def _objective(config: TrainConfig, labels: Sequence[str], weights: Sequence[float]) -> Objective:
    distillation, contrastive, polarity = config.distillation, config.contrastive, config.polarity
    return Objective(
        weights=weights,
        smoothing=config.optimisation.label_smoothing,
        r_drop=config.optimisation.r_drop,
        teaching=distillation.weight if distillation else 0.0,
        softness=distillation.temperature if distillation else 1.0,
        contrast=contrastive.weight if contrastive else 0.0,
        closeness=contrastive.temperature if contrastive else 1.0,
        codes=config.codes.weight if config.codes else 0.0,
        polarity=polarity.weight if polarity else 0.0,
        signals=signals_of(polarity, labels) if polarity else (0, 1),
        doubt=polarity.smoothing if polarity else 0.0,
    )


def _arguments(config: TrainConfig, run: Path, rows: int, validated: bool) -> TrainingArguments:
    settings, precision = config.optimisation, resolved(config.optimisation.precision)
    batches = math.ceil(rows / (settings.batch_size * _processes().num_processes))
    return TrainingArguments(
        output_dir=str(run / _EPOCHS),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=64,
        gradient_accumulation_steps=settings.accumulation,
        use_cpu=not torch.accelerator.is_available(),
        bf16=precision == "bf16",
        fp16=precision == "fp16",
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        warmup_steps=int(settings.warmup * settings.epochs * math.ceil(batches / settings.accumulation)),
        eval_strategy="epoch" if validated else "no",
        save_strategy="epoch",
        save_total_limit=2 if settings.average_epochs == 1 else None,
        load_best_model_at_end=validated,
        # The epochs without a better figure are counted on after an interruption.
        restore_callback_states_from_checkpoint=True,
        metric_for_best_model="macro_f1" if validated else None,
        greater_is_better=True if validated else None,
        logging_strategy="epoch",
        report_to=[],
        # The collator reads the column of variants.
        remove_unused_columns=False,
        seed=config.seed,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _metrics(labels: Sequence[str]) -> Any:
    def compute(prediction: EvalPrediction) -> dict[str, float]:
        found = scores(np.asarray(prediction.predictions).argmax(axis=1), np.asarray(prediction.label_ids), labels)
        per_class = {f"f1_{label}": values["f1"] for label, values in found["per_class"].items()}
        return {"macro_f1": found["macro_f1"], "accuracy": found["accuracy"], **per_class}

    return compute


def _shares(rows: Sequence[LabelledText], count: int) -> list[float]:
    numbers = np.bincount([row.target for row in rows], minlength=count)
    return [float(share) for share in numbers / numbers.sum()]


def _unlabelled(rows: Sequence[LabelledText]) -> dict[str, int]:
    count = sum(row.target == UNLABELLED for row in rows)
    return {"unlabelled": count} if count else {}


def _plain(record: dict[str, Any]) -> dict[str, float]:
    kept = {key.removeprefix("eval_"): float(value) for key, value in record.items()}
    return {key: value for key, value in kept.items() if not key.endswith(("runtime", "per_second"))}
