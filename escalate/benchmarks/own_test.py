"""The project's own test split: bundles beside the baselines, in one results file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from escalate.benchmarks.baselines import BASELINES, baseline_probabilities
from escalate.bundle import sha256_of
from escalate.data.labelled import read_labelled
from escalate.errors import ConfigError
from escalate.evaluation.evaluate import evaluate, evaluate_file
from escalate.predict import Predictor
from escalate.target import whole


def compare(predictors: Sequence[Predictor], train: Sequence[Path], test: Path, *, resamples: int = 1000) -> dict[str, Any]:
    """Evaluate bundles and the baselines on the same rows.

    Args:
        predictors: The bundles, one or more, with the same labels.
        train: Files that the baselines are trained on.
        test: The test file.
        resamples: Number of bootstrap samples.

    Returns:
        "data" (SHA-256 of each file), "bundles" (SHA-256 of each), "seed" of the first bundle's training, and "models":
        name -> figures of `evaluate`.

    Raises:
        ConfigError: If two bundles have the same name, or other labels.
    """
    labels = predictors[0].labels
    names = [predictor.bundle.manifest.name for predictor in predictors] + list(BASELINES)
    if len(set(names)) < len(names) or any(predictor.labels != labels for predictor in predictors):
        raise ConfigError(f"bundles to compare need names of their own and the same labels: {', '.join(names)}")
    rows, _ = read_labelled(test, labels)
    training = [row for path in train for row in read_labelled(path, labels)[0]]
    targets = np.array([row.target for row in rows])
    bundles = {predictor.bundle.manifest.name: predictor for predictor in predictors}
    models = {name: evaluate_file(predictor, test, resamples=resamples) for name, predictor in bundles.items()}
    for name in BASELINES:
        probabilities = baseline_probabilities(name, training, [row.text for row in rows], len(labels))
        models[name] = evaluate(probabilities, targets, labels, [row.article for row in rows], resamples=resamples)
    return {
        "data": {path.as_posix(): sha256_of(path) for path in (*train, test)},
        "bundles": {name: predictor.bundle.sha256 for name, predictor in bundles.items()},
        "seed": predictors[0].bundle.manifest.provenance.get("seed"),
        "models": models,
    }


def write_results(results: dict[str, Any], path: Path, command: str) -> None:
    """Write a results file, whole or not at all.

    Args:
        results: What `compare` returned.
        path: The file.
        command: The command that repeats the run.

    Raises:
        DataError: If the file cannot be written.
    """
    with whole(path) as partial:
        partial.write_text(json.dumps({"command": command, **results}, indent=2) + "\n", encoding="utf-8")
