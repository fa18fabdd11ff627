"""The training configuration: a closed schema, read from YAML with overrides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import yaml
from pydantic import Field, ValidationError, ValidationInfo, field_validator

from escalate.errors import ConfigError
from escalate.labels import LABELS
from escalate.model import BASE
from escalate.training.sections import (
    Closed,
    CodesConfig,
    ContrastiveConfig,
    DistillationConfig,
    LoraConfig,
    PolarityConfig,
    PoolingConfig,
    Seed,
)

# YAML 1.2, and every paper, writes 5e-5; YAML 1.1, which PyYAML reads, takes that for a text.
_EXPONENT: Final = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$")


class _Loader(yaml.SafeLoader):
    pass


class _Dumper(yaml.SafeDumper):
    pass


for _kind in (_Loader, _Dumper):
    _kind.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+.0123456789"))


class ModelConfig(Closed):
    """The encoder.

    `base` is a bundle's name or path, a hub name, the path of a checkpoint or a finished run; `layers` the layers of it that
    are kept, as a list of numbers from 0 or as a count spread evenly over them, null for all; `max_tokens` the window in
    tokens, special tokens included; `dropout` that of the hidden layers, null for the checkpoint's own; `frozen_layers` counts
    the lowest layers that, together with the embeddings, do not learn; `table_bits` is the bits of a value in the table of
    words: 4 saves more than a third of it, and the table is then rounded before training and does not learn.
    """

    base: str = BASE
    layers: int | list[int] | None = None
    max_tokens: int = Field(default=256, ge=8)
    dropout: float | None = Field(default=None, ge=0, lt=1)
    frozen_layers: int = Field(default=0, ge=0)
    table_bits: Literal[4, 8] = 8

    @field_validator("layers")
    @classmethod
    def _in_order(cls, value: int | list[int] | None) -> int | list[int] | None:
        layers, lowest = ([value], 1) if isinstance(value, int) else (value, 0)
        if layers is not None and (not layers or min(layers) < lowest or layers != sorted(set(layers))):
            raise ValueError("layers must be a count of 1 or more, or different numbers from 0 in rising order")
        return value


class DataConfig(Closed):
    """The data.

    `train` and `validation` are .jsonl, .csv or .tsv files, relative to the working directory; `text_column` and
    `label_column` name the fields that are read. Rows with a label outside `labels` are an error, rows labelled "unclear" are
    left out; `labels: null` takes the labels that the training files use, in alphabetical order. Where `validation` is empty,
    `validation_share` of the training rows is set aside, stratified by label, whole articles and all rows of a text together;
    0 trains on all rows for all epochs, and such a run cannot be exported. `sample` trains on so many rows only, drawn with the
    run's seed: for comparisons that need not take as long as the run they are for. `actor_swaps` is the probability with which,
    in each epoch, the states that a training sentence names are replaced by others. Files that a data manifest does not vouch
    for are refused unless `allow_unlisted` is set.
    """

    train: list[str] = Field(default=["data/sentences/train.jsonl"], min_length=1)
    validation: list[str] = Field(default=["data/sentences/validation.jsonl"])
    validation_share: float = Field(default=0.0, ge=0, le=0.5)
    text_column: str = Field(default="text", min_length=1)
    label_column: str = Field(default="label", min_length=1)
    labels: list[str] | None = Field(default=list(LABELS), min_length=2)
    sample: int | None = Field(default=None, ge=1)
    actor_swaps: float = Field(default=0.0, ge=0, le=1)
    allow_unlisted: bool = False

    @field_validator("validation_share")
    @classmethod
    def _one_validation(cls, value: float, info: ValidationInfo) -> float:
        if value and info.data.get("validation"):
            raise ValueError("validation_share would do nothing beside validation files: give one of the two")
        return value

    @field_validator("labels")
    @classmethod
    def _each_once(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and len(set(value)) < len(value):
            raise ValueError("a label is given twice")
        return value


class OptimisationConfig(Closed):
    """The optimisation.

    `epochs` is the most that are run; training stops after `patience` epochs without a better validation macro-F1.
    `batch_size` counts sentences; `warmup` is the share of steps with a rising learning rate; `label_smoothing` the share of
    probability spread over the other labels; `class_weights` is 0 where every row counts the same, 1 where every class does,
    and anything between; `r_drop` weighs the divergence of two passes with different dropout (Liang et al., NeurIPS 2021), 0
    makes one pass; `layer_decay` multiplies the learning rate once for every layer further from the head (Howard and Ruder,
    2018), 1 leaves it the same; `average_epochs` is the number of best epochs whose weights are averaged (the last ones
    where nothing is set aside for validation), 1 takes the best one; `start_share` is the share of the starting weights in
    the result (Wortsman et al., CVPR 2022), for a base that knows the labels already and must not forget; `accumulation`
    counts the batches of one step; `precision` is null for float32, "bf16", "fp16" (on a GPU) or "auto" (bf16 where the GPU
    or the processor multiplies in it, float32 elsewhere), and holds for teachers that are asked too; `threads` counts torch
    threads, null for its own choice.
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
    layer_decay: float = Field(default=1.0, gt=0, le=1)
    average_epochs: int = Field(default=1, ge=1)
    start_share: float = Field(default=0.0, ge=0, lt=1)
    accumulation: int = Field(default=1, ge=1)
    precision: Literal["auto", "bf16", "fp16"] | None = None
    threads: int | None = Field(default=None, ge=1)

    @field_validator("average_epochs")
    @classmethod
    def _not_more_than_are_run(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("epochs", value):
            raise ValueError("optimisation.average_epochs is more than optimisation.epochs")
        return value


class TrainConfig(Closed):
    """A training run.

    `output` is the run's directory; `seed` fixes the order of rows, what is drawn from them, and dropout (new heads start the
    same for all seeds); with `average_seeds` the run is trained with each of these seeds too, in directories named after
    `output` and the seed, and `output` is the mean of their weights; null sections may be left out.
    """

    name: str = Field(default="small", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    output: str = "runs/small"
    seed: Seed = 13
    average_seeds: list[Seed] = Field(default=[])
    model: ModelConfig = ModelConfig()
    pooling: PoolingConfig | None = None
    data: DataConfig = DataConfig()
    distillation: DistillationConfig | None = None
    contrastive: ContrastiveConfig | None = None
    codes: CodesConfig | None = None
    polarity: PolarityConfig | None = None
    lora: LoraConfig | None = None
    optimisation: OptimisationConfig = OptimisationConfig()

    # What goes with what is asked by the later field, since checks of a whole model would not run beside any other problem.

    @field_validator("average_seeds")
    @classmethod
    def _different_seeds(cls, value: list[int], info: ValidationInfo) -> list[int]:
        if len({*value, info.data.get("seed")}) <= len(value):
            raise ValueError("average_seeds must be different seeds, and others than seed")
        return value

    @field_validator("data")
    @classmethod
    def _same_validation(cls, value: DataConfig, info: ValidationInfo) -> DataConfig:
        if value.validation_share and info.data.get("average_seeds"):
            raise ValueError("average_seeds goes with data.validation, not with a share that is another one for each seed")
        return value

    # Adapters are called past the hooks that the head of the codes needs, and their epochs hold no whole weights.

    @field_validator("lora")
    @classmethod
    def _no_codes(cls, value: LoraConfig | None, info: ValidationInfo) -> LoraConfig | None:
        if value is not None and info.data.get("codes") is not None:
            raise ValueError("lora goes with neither codes nor averages of weights in optimisation: leave one of them out")
        return value

    @field_validator("optimisation")
    @classmethod
    def _no_average(cls, value: OptimisationConfig, info: ValidationInfo) -> OptimisationConfig:
        if (value.average_epochs > 1 or value.start_share) and info.data.get("lora") is not None:
            raise ValueError("lora goes with neither codes nor averages of weights in optimisation: leave one of them out")
        return value


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
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader) or {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected settings as 'key: value', found {type(content).__name__}")
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key:
            raise ConfigError(f"override {override!r} must look like section.key=value")
        try:
            _set(content, key, yaml.load(value, _Loader))
        except yaml.YAMLError as error:
            raise ConfigError(f"override {override!r}: not a YAML value") from error
    return _checked(content, schema, str(path))


def dumped(config: TrainConfig) -> str:
    """Return a configuration with all its defaults as YAML, as `read_config` reads it.

    Args:
        config: The configuration.

    Returns:
        The content of a file.
    """
    return yaml.dump(config.model_dump(), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def configured(settings: Mapping[str, Any], source: str, base: TrainConfig | None = None) -> TrainConfig:
    """Make a training configuration from single settings.

    Args:
        settings: Values by dotted key, such as {"optimisation.epochs": 3}.
        source: What error messages call the place that the settings come from.
        base: The configuration that they change; None for the defaults.

    Returns:
        The checked configuration.

    Raises:
        ConfigError: If a key is unknown or a value does not fit; lists every problem at once.
    """
    content: dict[str, Any] = base.model_dump() if base is not None else {}
    for key, value in settings.items():
        _set(content, key, value)
    return _checked(content, TrainConfig, source)


def _checked(content: dict[str, Any], schema: type[Config], source: str) -> Config:
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        problems = [f"  {': '.join(filter(None, ('.'.join(map(str, one['loc'])), one['msg'])))}" for one in error.errors()]
        raise ConfigError("\n".join([f"{source}: {len(problems)} problem(s)", *problems])) from error


def _set(content: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for section in sections:
        if content.get(section) is None:
            content[section] = {}
        content = content[section]
        if not isinstance(content, dict):
            raise ConfigError(f"override of {key!r}: {section} is no section")
    content[last] = value
