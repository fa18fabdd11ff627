"""Calibrated probabilities: scaling of the logits, the error that it leaves (Guo et al., ICML 2017), when to abstain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COVERAGES: Final = (0.95, 0.9, 0.8)
"""Shares of sentences to answer for which export and evaluation find a threshold of abstention."""


def softmax(logits: NDArray[np.float32] | Floats, temperature: float = 1.0, bias: Sequence[float] = ()) -> Floats:
    """Return probabilities.

    Args:
        logits: Shape (n, k).
        temperature: Divides the logits; above 1 makes the probabilities less sure.
        bias: Added to the divided logits, k numbers; none for an empty one.

    Returns:
        Shape (n, k); each row sums to 1.
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    if len(bias):
        scaled += np.asarray(bias, dtype=np.float64)
    scaled -= scaled.max(axis=1, keepdims=True, initial=-np.inf)
    powers = np.exp(scaled)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_scaling(
    logits: NDArray[np.float32] | Floats, targets: Ints, *, tied: Sequence[int] = ()
) -> tuple[float, tuple[float, ...]]:
    """Choose the temperature and the bias under which held-out labels are most likely.

    Bias-corrected temperature scaling (Alexandari et al., ICML 2020), found by scipy's L-BFGS-B: training data are richer in
    signals than the news is, and a temperature alone cannot mend that. A normal prior of width 1 on each bias keeps it finite
    where a label has no row.

    Args:
        logits: Shape (n, k), of rows that the model was not trained on.
        targets: Shape (n,), index of the right label.
        tied: Labels that share one bias, so that the odds between them stay the model's own.

    Returns:
        The temperature, between 0.05 and 20, and k biases that sum to 0.

    Raises:
        ValueError: If there is no row.
    """
    from scipy.optimize import minimize

    rows, labels = np.shape(logits)
    if rows == 0:
        raise ValueError("a scaling cannot be fitted on no rows")

    # Which parameter is whose bias: the tied labels have the first one's.
    owner = [min(tied) if label in tied else label for label in range(labels)]

    def loss(parameters: Floats) -> float:
        biases = parameters[1:][owner]
        chosen = softmax(logits, float(np.exp(parameters[0])), list(biases))[np.arange(rows), targets]
        return float(-np.log(np.clip(chosen, 1e-12, None)).mean() + (biases**2).sum() / (2 * rows))

    bounds = [(np.log(0.05), np.log(20.0)), *[(None, None)] * labels]
    found = minimize(loss, np.zeros(labels + 1), method="L-BFGS-B", bounds=bounds).x
    biases = found[1:][owner]
    return float(np.exp(found[0])), tuple(float(value) for value in biases - biases.mean())


def expected_calibration_error(probabilities: Floats, targets: Ints, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy over equal-width bins of confidence.

    Args:
        probabilities: Shape (n, k).
        targets: Shape (n,), index of the right label.
        bins: Number of bins.

    Returns:
        The error in [0, 1]; 0 for no rows.
    """
    if len(targets) == 0:
        return 0.0
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == targets
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=confidence - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(targets))


def abstention_threshold(confidence: Floats, coverage: float) -> float:
    """Find the confidence below which to abstain so that a share of held-out rows keeps its answer.

    Args:
        confidence: Shape (n,), probability of the predicted label, on rows that the model was not trained on.
        coverage: Share of the rows that shall be answered, in (0, 1].

    Returns:
        The highest threshold, for `Predictor.load(abstain_below=...)`, that leaves at least this share answered.

    Raises:
        ValueError: If there is no row or the coverage is not in (0, 1].
    """
    if len(confidence) == 0:
        raise ValueError("a threshold cannot be found on no rows")
    if not 0 < coverage <= 1:
        raise ValueError(f"coverage must lie above 0 and at most at 1, not {coverage}")
    answered = int(np.ceil(round(coverage * len(confidence), 9)))
    return float(np.sort(confidence)[len(confidence) - answered])
