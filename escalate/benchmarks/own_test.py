"""The project's own test split: a bundle beside the baselines, in one results file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from escalate.benchmarks.baselines import BASELINES, baseline_probabilities
from escalate.bundle import sha256_of
from escalate.data.labelled import read_labelled
from escalate.evaluation.evaluate import evaluate, evaluate_file
from escalate.predict import Predictor


def compare(predictor: Predictor, train: Sequence[Path], test: Path, *, resamples: int = 1000) -> dict[str, Any]:
    """Evaluate a bundle and the baselines on the same rows.

    Args:
        predictor: The bundle.
        train: Files that the baselines are trained on.
        test: The test file.
        resamples: Number of bootstrap samples.

    Returns:
        "data" (SHA-256 of each file), "bundle" (SHA-256), and "models": name -> figures of `evaluate`.
    """
    labels = predictor.labels
    rows, _ = read_labelled(test, labels)
    training = [row for path in train for row in read_labelled(path, labels)[0]]
    targets = np.array([row.target for row in rows])
    models = {predictor.bundle.manifest.name: evaluate_file(predictor, test, resamples=resamples)}
    for name in BASELINES:
        probabilities = baseline_probabilities(name, training, [row.text for row in rows], len(labels))
        models[name] = evaluate(probabilities, targets, labels, [row.article for row in rows], resamples=resamples)
    return {
        "data": {path.as_posix(): sha256_of(path) for path in (*train, test)},
        "bundle": predictor.bundle.sha256,
        "seed": predictor.bundle.manifest.provenance.get("seed"),
        "models": models,
    }


def write_results(results: dict[str, Any], path: Path, command: str) -> None:
    """Write a results file as a whole.

    Args:
        results: What `compare` returned.
        path: The file.
        command: The command that repeats the run.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(f".{path.name}")
    staging.write_text(json.dumps({"command": command, **results}, indent=2) + "\n", encoding="utf-8")
    staging.replace(path)
