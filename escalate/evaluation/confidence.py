"""How good the probabilities are: discrimination, Brier score, reliability, and what is gained by abstaining."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
"""Shares of the rows at which accuracy is reported, the surest rows first."""


def auroc(scores: Floats, positive: Bools) -> float:
    """Return the area under the ROC curve, by ranks (Mann and Whitney); ties count half.

    Args:
        scores: Shape (n,), higher for rows more likely to be positive.
        positive: Shape (n,).

    Returns:
        The area in [0, 1]; NaN if there is no positive or no negative row.
    """
    count = int(positive.sum())
    if count in (0, len(positive)):
        return float("nan")
    _, place, ties = np.unique(scores, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(ties) - (ties - 1) / 2
    above = mean_ranks[place][positive].sum() - count * (count + 1) / 2
    return float(above / (count * (len(positive) - count)))


def brier_score(probabilities: Floats, targets: Ints) -> float:
    """Return the mean squared distance of the probabilities from the right label, summed over labels (Brier, 1950).

    Args:
        probabilities: Shape (n, k).
        targets: Shape (n,), index of the right label.

    Returns:
        The score in [0, 2], lower is better; 0 for no rows.
    """
    if len(targets) == 0:
        return 0.0
    right = np.eye(probabilities.shape[1])[targets]
    return float(np.square(probabilities - right).sum(axis=1).mean())


def reliability(probabilities: Floats, targets: Ints, bins: int = 15) -> list[dict[str, float]]:
    """Return confidence and accuracy in equal-width bins of confidence, the bins of the expected calibration error.

    Args:
        probabilities: Shape (n, k).
        targets: Shape (n,), index of the right label.
        bins: Number of bins.

    Returns:
        For each bin that holds rows its "confidence" (mean), "accuracy" and "rows".
    """
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {
            "confidence": float(confidence[bin_of == number].mean()),
            "accuracy": float(correct[bin_of == number].mean()),
            "rows": int((bin_of == number).sum()),
        }
        for number in range(bins)
        if (bin_of == number).any()
    ]


def risk_coverage(confidence: Floats, correct: Bools) -> dict[str, Any]:
    """Say how right the surest rows are (Geifman and El-Yaniv, NeurIPS 2017).

    Args:
        confidence: Shape (n,).
        correct: Shape (n,), whether the label of a row is right.

    Returns:
        "accuracy" (of the surest share of the rows, by coverage: `COVERAGES`) and "area" under the curve of risk (share of
        wrong labels) over coverage, in [0, 1], lower is better.

    Raises:
        ValueError: If there is no row.
    """
    if len(confidence) == 0:
        raise ValueError("no rows")
    kept = _accuracy_by_rank(confidence, correct)
    places = {share: max(1, round(share * len(kept))) - 1 for share in COVERAGES}
    return {
        "accuracy": {str(share): float(kept[place]) for share, place in places.items()},
        "area": float((1 - kept).mean()),
    }


def risk_coverage_area(confidence: Floats, correct: Bools) -> float:
    """Return the area of `risk_coverage` alone."""
    return float((1 - _accuracy_by_rank(confidence, correct)).mean())


def _accuracy_by_rank(confidence: Floats, correct: Bools) -> Floats:
    # Rows of equal confidence share their mean, so that the order of the file does not matter.
    _, place, ties = np.unique(-confidence, return_inverse=True, return_counts=True)
    mean_of_ties = np.bincount(place, weights=correct) / ties
    return np.asarray(np.cumsum(np.repeat(mean_of_ties, ties)) / np.arange(1, len(correct) + 1))
