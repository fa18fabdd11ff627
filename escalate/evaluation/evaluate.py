"""Evaluate a predictor on labelled sentences: figures with intervals."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalate.calibration import expected_calibration_error
from escalate.data.labelled import read_labelled
from escalate.evaluation.metrics import bootstrap_interval, scores
from escalate.predict import Predictor


def evaluate_file(predictor: Predictor, path: Path, *, resamples: int = 1000) -> dict[str, Any]:
    """Evaluate a predictor on a JSON Lines file.

    Args:
        predictor: The predictor.
        path: Objects with `text` and `label` and, for intervals clustered by article, `article_id`. Rows labelled "unclear"
            are counted and left out.
        resamples: Number of bootstrap samples.

    Returns:
        The figures of `evaluate`, with the number of rows left out as unclear.

    Raises:
        DataError: If the file cannot be read, a line does not fit, or no row is left.
    """
    rows, unclear = read_labelled(path, predictor.labels)
    predictions = predictor.predict(row.text for row in rows)
    probabilities = np.array([[found.probabilities[label] for label in predictor.labels] for found in predictions])
    targets = np.array([row.target for row in rows])
    articles = [row.article for row in rows]
    result = evaluate(probabilities, targets, predictor.labels, articles, resamples=resamples)
    return {"bundle": predictor.bundle.manifest.name, "unclear": unclear, **result}


def evaluate(
    probabilities: NDArray[np.float64],
    targets: NDArray[np.int64],
    labels: Sequence[str],
    articles: Sequence[Hashable],
    *,
    resamples: int = 1000,
) -> dict[str, Any]:
    """Compute the figures of a classifier.

    Args:
        probabilities: Shape (n, k).
        targets: Shape (n,), index of the right label.
        labels: The k labels.
        articles: The article of each row; whole articles are resampled for the intervals.
        resamples: Number of bootstrap samples.

    Returns:
        The figures of `metrics.scores`, "rows", "articles", "calibration_error", and "intervals": 95% bootstrap intervals
        of accuracy, macro-F1, each class's F1 and the calibration error.
    """
    predicted = probabilities.argmax(axis=1)

    def interval(name: str, label: str | None = None) -> tuple[float, float]:
        def statistic(rows: NDArray[np.int64]) -> float:
            if name == "calibration_error":
                return expected_calibration_error(probabilities[rows], targets[rows])
            found = scores(predicted[rows], targets[rows], labels)
            return float(found[name] if label is None else found["per_class"][label]["f1"])

        return bootstrap_interval(statistic, articles, resamples=resamples)

    return {
        "rows": len(targets),
        "articles": len(set(articles)),
        **scores(predicted, targets, labels),
        "calibration_error": expected_calibration_error(probabilities, targets),
        "intervals": {
            "accuracy": interval("accuracy"),
            "macro_f1": interval("macro_f1"),
            "calibration_error": interval("calibration_error"),
            **{f"f1_{label}": interval("f1", label) for label in labels},
        },
    }
