"""The training configuration: a closed schema, read from YAML with overrides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from escalate.errors import ConfigError
from escalate.labels import LABELS
from escalate.model import BASE


class Closed(BaseModel):
    """A section whose keys are all known."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ModelConfig(Closed):
    """The encoder.

    `base` is a path or a hub name; `max_tokens` the window in tokens, special tokens included; `dropout` that of the hidden
    layers, null for the checkpoint's own.
    """

    base: str = BASE
    max_tokens: int = Field(default=256, ge=8)
    dropout: float | None = Field(default=None, ge=0, lt=1)


class PoolingConfig(Closed):
    """Self-distillation of the mean-pooled embedding into the first position, before fine-tuning; see `pooling`.

    `texts` are JSON Lines files with the field `text`, labelled or not; `frozen_layers` counts the lowest layers that stay as
    they are; `max_tokens` cuts longer texts, which serve as examples only.
    """

    texts: list[str] = Field(min_length=1)
    frozen_layers: int = Field(default=3, ge=0)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=3e-4, gt=0)
    max_tokens: int = Field(default=128, ge=8)


class DataConfig(Closed):
    """The data.

    `train` and `validation` are .jsonl, .csv or .tsv files, relative to the working directory; `text_column` and
    `label_column` name the fields that are read. Rows with a label outside `labels` are an error, rows labelled "unclear" are
    left out; `labels: null` takes the labels that the training files use, in alphabetical order. Where `validation` is empty,
    `validation_share` of the training rows is set aside, whole articles and stratified by label; 0 trains on all rows for all
    epochs, and such a run cannot be exported. `actor_swaps` is the probability with which, in each epoch, the states that a
    training sentence names are replaced by others. Files that a data manifest does not vouch for are refused unless
    `allow_unlisted` is set.
    """

    train: list[str] = Field(default=["data/sentences/train.jsonl"], min_length=1)
    validation: list[str] = ["data/sentences/validation.jsonl"]
    validation_share: float = Field(default=0.0, ge=0, le=0.5)
    text_column: str = Field(default="text", min_length=1)
    label_column: str = Field(default="label", min_length=1)
    labels: list[str] | None = Field(default=list(LABELS), min_length=2)
    actor_swaps: float = Field(default=0.0, ge=0, le=1)
    allow_unlisted: bool = False

    @model_validator(mode="after")
    def _one_validation(self) -> DataConfig:
        if self.validation and self.validation_share:
            raise ValueError("validation_share would do nothing beside validation files: give one of the two")
        if self.labels is not None and len(set(self.labels)) < len(self.labels):
            raise ValueError("a label is given twice")
        return self


class OptimisationConfig(Closed):
    """The optimisation.

    `epochs` is the most that are run; training stops after `patience` epochs without a better validation macro-F1.
    `batch_size` counts sentences; `warmup` is the share of steps with a rising learning rate; `label_smoothing` the share of
    probability spread over the other labels; `class_weights` is 0 where every row counts the same, 1 where every class does,
    and anything between; `r_drop` weighs the divergence of two passes with different dropout (Liang et al., NeurIPS 2021), 0
    makes one pass; `threads` is the number of torch threads, null for torch's own choice.
    """

    epochs: int = Field(default=6, ge=1)
    patience: int = Field(default=2, ge=1)
    batch_size: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=5e-5, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)
    warmup: float = Field(default=0.1, ge=0, lt=1)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    class_weights: float = Field(default=0.0, ge=0, le=1)
    r_drop: float = Field(default=0.0, ge=0)
    threads: int | None = Field(default=None, ge=1)


class TrainConfig(Closed):
    """A training run: `output` is the run's directory, `seed` fixes initialisation and order; `pooling` may be left out."""

    name: str = Field(default="small", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    output: str = "runs/small"
    seed: int = 13
    model: ModelConfig = ModelConfig()
    pooling: PoolingConfig | None = None
    data: DataConfig = DataConfig()
    optimisation: OptimisationConfig = OptimisationConfig()


Config = TypeVar("Config", bound=Closed)


def load_config(path: Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read a training configuration; see `read_config`."""
    return read_config(path, TrainConfig, overrides)


def read_config(path: Path, schema: type[Config], overrides: Sequence[str] = ()) -> Config:
    """Read a configuration.

    Args:
        path: A YAML file.
        schema: What it must fit.
        overrides: Settings that win over the file, such as "optimisation.epochs=3"; the value is read as YAML.

    Returns:
        The checked configuration, defaults filled in.

    Raises:
        ConfigError: If the file cannot be read, a key is unknown or a value does not fit; lists every problem at once.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected settings as 'key: value', found {type(content).__name__}")
    for override in overrides:
        _apply(content, override)
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        problems = [f"  {'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()]
        raise ConfigError("\n".join([f"{path}: {len(problems)} problem(s)", *problems])) from error


def _apply(content: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise ConfigError(f"override {override!r} must look like section.key=value")
    *sections, last = key.split(".")
    for section in sections:
        content = content.setdefault(section, {})
        if not isinstance(content, dict):
            raise ConfigError(f"override {override!r}: {section} is no section")
    try:
        content[last] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"override {override!r}: not a YAML value") from error
