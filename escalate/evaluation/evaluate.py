"""Evaluate a predictor on labelled sentences: figures with intervals."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.calibration import expected_calibration_error
from escalate.data.labelled import OWN, Columns, LabelledText, read_labelled
from escalate.evaluation.confidence import auroc, brier_score, reliability, risk_coverage, risk_coverage_area
from escalate.evaluation.metrics import bootstrap_intervals, reflected, scores
from escalate.predict import Predictor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Read(NamedTuple):
    """Labelled rows as a model reads them: probabilities of shape (n, k) and right labels of shape (n,)."""

    rows: list[LabelledText]
    probabilities: Floats
    targets: Ints
    unclear: int

    @property
    def predicted(self) -> Ints:
        """Index of each row's most probable label, shape (n,)."""
        return np.asarray(self.probabilities.argmax(axis=1))


def read_file(predictor: Predictor, path: Path, columns: Columns = OWN) -> Read:
    """Read a labelled file with a model.

    Args:
        predictor: The predictor.
        path: JSON Lines, CSV or TSV; rows labelled "unclear" are counted and left out.
        columns: Where text, label and perhaps the article stand.

    Returns:
        The rows with their probabilities.

    Raises:
        DataError: If the file cannot be read, a line does not fit, or no row is left.
    """
    rows, unclear = read_labelled(path, predictor.labels, columns)
    predictions = predictor.predict(row.text for row in rows)
    probabilities = np.array([[found.probabilities[label] for label in predictor.labels] for found in predictions])
    return Read(rows, probabilities, np.array([row.target for row in rows]), unclear)


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
    read = read_file(predictor, path)
    articles = [row.article for row in read.rows]
    result = evaluate(read.probabilities, read.targets, predictor.labels, articles, resamples=resamples)
    return {"bundle": predictor.bundle.manifest.name, "unclear": read.unclear, **result}


def evaluate(
    probabilities: Floats,
    targets: Ints,
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
        The figures of `metrics.scores`, each class with "auroc" (one against the rest; None where undefined), "rows",
        "articles", "calibration_error", "brier", "risk_coverage", "reliability", and "intervals": 95% bootstrap intervals of
        accuracy, macro-F1, Matthews correlation, false alarm rate, calibration error, Brier score, "risk_coverage_area", and
        "precision_", "recall_", "f1_" and "auroc_" of each label. An interval is of percentiles over the samples on which its
        figure is defined, that of the calibration error is `metrics.reflected`; None where there are none, or a single article.
    """
    flat = _flat(probabilities, targets, labels)
    # A label that the rows neither have nor are given counts 0 in macro-F1; so it must in the samples.
    counted = float(np.mean([not np.isnan(flat[f"f1_{label}"]) for label in labels]))

    def figures(rows: Ints) -> list[float]:
        drawn = _flat(probabilities[rows], targets[rows], labels)
        drawn["macro_f1"] *= counted
        return list(drawn.values())

    intervals = dict(zip(flat, bootstrap_intervals(figures, articles, resamples=resamples), strict=True))
    intervals["calibration_error"] = reflected(intervals["calibration_error"], flat["calibration_error"])
    predicted = probabilities.argmax(axis=1)
    found = scores(predicted, targets, labels)
    for label in labels:
        found["per_class"][label]["auroc"] = _or_none(flat[f"auroc_{label}"])
    return {
        "rows": len(targets),
        "articles": len(set(articles)),
        **found,
        "calibration_error": flat["calibration_error"],
        "brier": flat["brier"],
        "risk_coverage": risk_coverage(probabilities.max(axis=1), predicted == targets),
        "reliability": reliability(probabilities, targets),
        "intervals": intervals,
    }


def _flat(probabilities: Floats, targets: Ints, labels: Sequence[str]) -> dict[str, float]:
    """Return every figure that gets an interval; NaN for what the rows do not decide."""
    predicted = probabilities.argmax(axis=1)
    found = scores(predicted, targets, labels, undefined=np.nan)
    flat = {name: value for name, value in found.items() if isinstance(value, float)}
    flat["calibration_error"] = expected_calibration_error(probabilities, targets)
    flat["brier"] = brier_score(probabilities, targets)
    flat["risk_coverage_area"] = risk_coverage_area(probabilities.max(axis=1), predicted == targets)
    for position, label in enumerate(labels):
        flat |= {f"{name}_{label}": found["per_class"][label][name] for name in ("precision", "recall", "f1")}
        flat[f"auroc_{label}"] = auroc(probabilities[:, position], targets == position)
    return flat


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
