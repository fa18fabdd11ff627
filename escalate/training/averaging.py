"""One model from several: the mean of their weights (a uniform soup; Wortsman et al., ICML 2022)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from escalate.bundle import sha256_of
from escalate.errors import BundleError, ConfigError
from escalate.evaluation.metrics import scores
from escalate.training.config import TrainConfig
from escalate.training.data import read_training_data
from escalate.training.inference import classify
from escalate.training.run import CHECKPOINT, RESULTS, Run, claim, read_run, save_checkpoint, save_results

WEIGHTS: Final = "model.safetensors"


def mean_weights(files: Sequence[Path]) -> dict[str, torch.Tensor]:
    """Average the weights of one architecture, file by file, in double precision.

    Args:
        files: Safetensors files, one or more.

    Returns:
        Name -> mean; what is no floating-point number is taken from the first file.

    Raises:
        BundleError: If the files do not hold the same names and shapes.
    """
    total: dict[str, torch.Tensor] = {}
    first = load_file(files[0])
    for file in files:
        found = load_file(file)
        if {name: value.shape for name, value in found.items()} != {name: value.shape for name, value in first.items()}:
            raise BundleError(f"{file} and {files[0]} are of different architectures, and their weights cannot be averaged")
        for name, value in found.items():
            total[name] = total[name] + value.double() if name in total else value.double()
    return {
        name: (total[name] / len(files)).to(value.dtype) if value.is_floating_point() else value
        for name, value in first.items()
    }


def best_epochs(states: Path, count: int) -> list[Path]:
    """Return the weights of the best epochs that the Trainer kept, the last ones where none was validated.

    Args:
        states: The Trainer's directory.
        count: How many.

    Returns:
        At most `count` files in the order of the epochs.
    """
    folders = sorted(states.glob("checkpoint-*/"), key=lambda path: int(path.name.rpartition("-")[2]))
    last = json.loads((folders[-1] / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    figures = {record["step"]: record["eval_macro_f1"] for record in last if "eval_macro_f1" in record}
    ranked = sorted(
        enumerate(folders), key=lambda item: (figures.get(int(item[1].name.rpartition("-")[2]), 0.0), item[0]), reverse=True
    )
    return [folder / WEIGHTS for _, folder in sorted(ranked[:count])]


def average(runs: Sequence[Path], output: Path, config: TrainConfig | None = None) -> Run:
    """Average the weights of finished runs that started from the same checkpoint, such as runs of several seeds.

    Args:
        runs: Two or more runs with the same model, labels and data.
        output: Directory of the new run; it can be exported as any other.
        config: The configuration to write into it; None for the first run's with the seeds of the others.

    Returns:
        The new run, with its validation figures and those of its parts under "averaged".

    Raises:
        BundleError: If a run is not finished, or the runs do not fit together.
        ConfigError: If there are fewer than two runs, or the output is a run of another configuration.
    """
    if len({path.resolve() for path in [*runs, output]}) < len(runs) + 1 or len(runs) < 2:
        raise ConfigError("averaging takes two or more different runs, and an output that is none of them")
    parts = [read_run(path) for path in runs]
    first = parts[0]
    for part in parts[1:]:
        _check(first, part)
    seeds = list(dict.fromkeys(part.config.seed for part in parts[1:] if part.config.seed != first.config.seed))
    config = config or first.config.model_copy(update={"output": str(output), "average_seeds": seeds})
    results: dict[str, Any] = {key: value for key, value in first.results.items() if key not in ("epochs", "versions")}
    results["averaged"] = {
        str(part.path): {
            "seed": part.config.seed,
            "sha256": sha256_of(part.path / CHECKPOINT / WEIGHTS),
            "macro_f1": part.results["validation"].get("macro_f1"),
        }
        for part in parts
    }
    claim(output, config)
    if (output / RESULTS).is_file() and read_run(output).results.get("averaged") != results["averaged"]:
        raise ConfigError(f"{output} holds a run of other parts; choose another output or remove it")
    model = AutoModelForSequenceClassification.from_pretrained(first.path / CHECKPOINT)
    model.load_state_dict(mean_weights([part.path / CHECKPOINT / WEIGHTS for part in parts]))
    tokenizer = AutoTokenizer.from_pretrained(first.path / CHECKPOINT)
    save_checkpoint(model, tokenizer, output, first.results["max_tokens"])
    labels, _, rows, _ = read_training_data(config.data, config.seed)
    if rows:
        logits = classify(model, tokenizer, [row.text for row in rows], first.results["max_tokens"])
        found = scores(logits.argmax(axis=1), np.array([row.target for row in rows]), labels)
        per_class = {f"f1_{label}": values["f1"] for label, values in found["per_class"].items()}
        results["validation"] = {"macro_f1": found["macro_f1"], "accuracy": found["accuracy"], **per_class}
    save_results(output, results)
    return read_run(output)


def _check(first: Run, other: Run) -> None:
    starts = _start(first), _start(other)
    if not all("base_sha256" in start for start in starts):
        # Runs of earlier versions do not know the weights of their base; its name has to do.
        for start, run in zip(starts, (first, other), strict=True):
            start["base_sha256"] = run.config.model.base
    for what, found in starts[0].items():
        if found != starts[1][what]:
            raise BundleError(f"{other.path} and {first.path} differ in {what}; only runs from the same start can be averaged")
    if first.config.data.validation_share and first.config.seed != other.config.seed:
        raise BundleError(
            f"{other.path} and {first.path} set other rows aside for validation; give data.validation files in place of a share"
        )


def _start(run: Run) -> dict[str, Any]:
    """Return what a run's weights started from and are made for; "base" is only the encoder that they go back to."""
    config = run.config
    return {
        **{what: run.results[what] for what in ("base", "labels", "data", "max_tokens", "base_sha256") if what in run.results},
        "model": config.model.model_dump(exclude={"base", "max_tokens"}),
        "pooling": config.pooling.model_dump(exclude={"keep"}) if config.pooling else None,
    }
