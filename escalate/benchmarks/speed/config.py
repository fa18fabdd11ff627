"""The configuration of the speed benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import ConfigDict, Field, model_validator

from escalate.benchmarks.config import RivalConfig
from escalate.model import BASE
from escalate.training.config import read_config
from escalate.training.sections import Closed, Seed

SPEED: Final = "speed"


class SpeedConfig(Closed):
    """The speed benchmark.

    `base` is the checkpoint whose network the pipeline and the plain exports run; `bundles` are names or paths, null for all
    that are shipped; `rivals` learn from a few hundred rows of `train`. The sentences of `texts` are put into an order drawn
    with `seed`: the first `sentences` of them are timed `repeats` times by every contender, and each bundle reads `stream` of
    them, over and over if there are fewer, as a stream.
    """

    task: Literal["speed"]
    base: str = BASE
    bundles: list[str] | None = None
    rivals: list[RivalConfig] = Field(default_factory=list)
    texts: list[str] = Field(default=["data/sentences/test.jsonl", "data/sentences/train.jsonl"], min_length=1)
    train: str = "data/sentences/train.jsonl"
    sentences: int = Field(default=400, ge=20)
    repeats: int = Field(default=5, ge=1)
    stream: int = Field(default=10_000, ge=1)
    seed: Seed = 13
    output: str

    @model_validator(mode="after")
    def _names_differ(self) -> SpeedConfig:
        titles = [rival.title for rival in self.rivals]
        if len(set(titles)) < len(titles):
            raise ValueError("two rivals have the same name; give one of them another")
        return self


class _Task(Closed):
    """The key that says which kind of benchmark a file configures; the others are checked by its own schema."""

    model_config = ConfigDict(extra="ignore")

    task: str = ""


def is_speed(path: Path, overrides: Sequence[str] = ()) -> bool:
    """Say whether a configuration is one of speed.

    Args:
        path: A YAML file.
        overrides: Settings that win over the file.

    Returns:
        Whether its task is "speed"; all other tasks measure quality.
    """
    return read_config(path, _Task, overrides).task == SPEED


def load_speed(path: Path, overrides: Sequence[str] = ()) -> SpeedConfig:
    """Read the configuration of a speed benchmark; see `training.config.read_config`."""
    return read_config(path, SpeedConfig, overrides)
