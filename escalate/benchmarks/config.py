"""The configuration of a benchmark: a task, a bundle and its rivals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from escalate.benchmarks.rivals import RIVALS
from escalate.benchmarks.rivals.base import check_options
from escalate.benchmarks.tasks import TASKS
from escalate.errors import ConfigError
from escalate.training.config import read_config
from escalate.training.sections import Closed, Seed


class RivalConfig(Closed):
    """A rival: one of the known methods, under another name if it runs twice, with its options.

    An `optional` rival that cannot be made (no weights, no server) is listed as left out, with the reason; any other is an
    error.
    """

    method: str
    name: str = ""
    optional: bool = False
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return {"method": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _known(self) -> RivalConfig:
        if self.method not in RIVALS:
            raise ValueError(f"no rival {self.method!r}; there are {', '.join(RIVALS)}")
        try:
            check_options(self.method, RIVALS[self.method], self.options)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def title(self) -> str:
        """The name in the results."""
        return self.name or self.method


class BenchmarkConfig(Closed):
    """A benchmark.

    `bundle` is a name or path, null for rivals alone; `train` the files that rivals learn from. With `folds` the rivals learn
    the task's own classes in cross-validation instead, and neither bundle nor `train` is used. `half` chooses between the
    halves of a third party's coding; `resamples` counts bootstrap samples.
    """

    task: str
    bundle: str | None = "small"
    rivals: list[RivalConfig] = Field(default_factory=list)
    train: list[str] = Field(default=["data/sentences/train.jsonl", "data/sentences/open_text_train.jsonl"], min_length=1)
    folds: int | None = Field(default=None, ge=2)
    half: Literal["dev", "test"] = "dev"
    seed: Seed = 13
    resamples: int = Field(default=1000, ge=10)
    output: str

    @field_validator("task")
    @classmethod
    def _known_task(cls, value: str) -> str:
        if value not in TASKS:
            raise ValueError(f"no task {value!r}; there are {', '.join(TASKS)}")
        return value

    @model_validator(mode="after")
    def _fits(self) -> BenchmarkConfig:
        titles = [rival.title for rival in self.rivals]
        if len(set(titles)) < len(titles):
            raise ValueError("two rivals have the same name; give one of them another")
        if self.folds is not None:
            if not TASKS[self.task].classes:
                raise ValueError(f"task {self.task} has no classes of its own to learn in folds")
            if fixed := [rival.method for rival in self.rivals if not RIVALS[rival.method].learns]:
                raise ValueError(f"{', '.join(fixed)} cannot learn the task's classes in folds")
            if self.bundle is not None:
                raise ValueError("a bundle cannot learn the task's classes in folds; set bundle: null")
        return self


def load_benchmark(path: Path, overrides: Sequence[str] = ()) -> BenchmarkConfig:
    """Read a benchmark's configuration; see `training.config.read_config`."""
    return read_config(path, BenchmarkConfig, overrides)
