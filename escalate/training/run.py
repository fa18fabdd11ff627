"""The directory of a training run: what lies in it, who may write to it, and how it is read again."""

from __future__ import annotations

import json
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from pydantic import ValidationError
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from escalate.bundle import is_bundle, load
from escalate.errors import BundleError, ConfigError
from escalate.training.config import TrainConfig, dumped

CHECKPOINT: Final = "checkpoint"
CONFIG: Final = "config.yaml"
INPUTS: Final = "inputs.json"
LOG: Final = "train.log"
RESULTS: Final = "results.json"
_PACKAGES: Final = ("escalate-signals", "torch", "transformers", "datasets", "tokenizers", "numpy")


class Run(NamedTuple):
    """A finished run: its directory, configuration and results."""

    path: Path
    config: TrainConfig
    results: dict[str, Any]


def claim(run: Path, config: TrainConfig) -> None:
    """Make a directory the run of a configuration.

    Args:
        run: The directory; it may hold a run of the same configuration already.
        config: The configuration, written into it with all defaults; the number of threads is no part of what a run is.

    Raises:
        ConfigError: If the directory holds a run of another configuration, or cannot be made.
    """
    resolved = run / CONFIG
    if resolved.is_file() and _compared(_configured(resolved)) != _compared(config):
        raise ConfigError(f"{run} holds a run of another configuration; choose another output or remove it")
    make_folder(run)
    if not ((run / RESULTS).is_file() and resolved.is_file()):
        _write(resolved, dumped(config))


def release(run: Path) -> None:
    """Give up a directory in which nothing has been trained, so that a mended configuration may have it.

    Args:
        run: The directory; where it holds more than a claim and a log, it stays as it is.
    """
    left = (path for path in run.iterdir() if not path.is_dir() or any(path.iterdir()))
    if {path.name for path in left} <= {CONFIG, INPUTS, LOG}:
        for name in (CONFIG, INPUTS):
            (run / name).unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make the directory of an output.

    Args:
        path: The directory, which may be there.

    Raises:
        ConfigError: If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"output: {path} cannot be made: {error.strerror}; choose another output") from error


def read_run(path: Path) -> Run:
    """Read a finished run.

    Args:
        path: The directory.

    Returns:
        The run.

    Raises:
        BundleError: If the run is not finished or cannot be read.
    """
    missing = [name for name in (RESULTS, CONFIG, CHECKPOINT) if not (path / name).exists()]
    if missing:
        raise BundleError(f"{path} is no finished run: {', '.join(missing)} missing; run escalate train first")
    config = _configured(path / CONFIG)
    if config is None:
        raise BundleError(f"{path / CONFIG}: no configuration of this version of escalate; train again")
    return Run(path, config, json.loads((path / RESULTS).read_text(encoding="utf-8")))


def origin(base: str) -> str:
    """Return the pretrained encoder that a base goes back to.

    Args:
        base: `model.base` of a configuration.

    Returns:
        The same, or where it is a run, its checkpoint or a bundle, that one's own base.
    """
    if is_bundle(base):
        return str(load(base).manifest.provenance.get("base", base))
    for path in (Path(base), Path(base).parent):
        if (path / RESULTS).is_file() and (path / CHECKPOINT).is_dir():
            return str(json.loads((path / RESULTS).read_text(encoding="utf-8"))["base"])
    return base


def save_checkpoint(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, run: Path, window: int) -> None:
    """Write a model and its tokenizer into a run.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        run: The run's directory.
        window: The window in tokens, kept with the tokenizer.
    """
    staging = run / f".{CHECKPOINT}"
    shutil.rmtree(staging, ignore_errors=True)
    tokenizer.model_max_length = window
    model.save_pretrained(staging)
    tokenizer.save_pretrained(staging)
    shutil.rmtree(run / CHECKPOINT, ignore_errors=True)
    staging.rename(run / CHECKPOINT)


def save_results(run: Path, results: dict[str, Any]) -> None:
    """Write a run's results, which marks it as finished.

    Args:
        run: The run's directory.
        results: Figures, data hashes and seed; the versions of the packages are added.
    """
    versions = {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
    _write(run / RESULTS, json.dumps({**results, "versions": versions}, indent=2) + "\n")


def _configured(path: Path) -> TrainConfig | None:
    # Read by the schema and not compared as text: a key that came later has its default, and the run is the same.
    try:
        return TrainConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError):
        return None


def _compared(config: TrainConfig | None) -> TrainConfig | None:
    """Return a configuration without what another computer, or a run beside this one, may set otherwise."""
    if config is None:
        return None
    return config.model_copy(update={"optimisation": config.optimisation.model_copy(update={"threads": None})})


def _write(path: Path, content: str) -> None:
    staging = path.with_name(f".{path.name}")
    staging.write_text(content, encoding="utf-8")
    staging.replace(path)
