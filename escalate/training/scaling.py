"""The scaling of a classifier's logits, fitted on labelled rows, and what the classifier is worth on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.calibration import COVERAGES, abstention_threshold, expected_calibration_error, fit_scaling, softmax
from escalate.evaluation.metrics import scores
from escalate.labels import LABELS, NEUTRAL


class Scaling(NamedTuple):
    """Temperature and bias as a manifest holds them, and the figures of the rows that they were fitted on."""

    temperature: float
    bias: tuple[float, ...]
    figures: dict[str, Any]


def fitted(logits: NDArray[np.float32], targets: NDArray[np.int64], labels: Sequence[str]) -> Scaling:
    """Fit a scaling.

    With the codebook's labels the two directions share a bias. How many of the signals escalate depends on what has been in the
    news; the sign of a score must not.

    Args:
        logits: Shape (n, k), of rows that the model was not trained on.
        targets: Shape (n,), index of the right label.
        labels: The k labels.

    Returns:
        The scaling.

    Raises:
        ValueError: If there is no row.
    """
    tied = [labels.index(label) for label in LABELS if label != NEUTRAL] if set(labels) == set(LABELS) else []
    temperature, bias = fit_scaling(logits, targets, tied=tied)
    probabilities = softmax(logits, temperature, bias)
    figures = {
        **scores(probabilities.argmax(axis=1), targets, labels),
        "calibration_error": expected_calibration_error(probabilities, targets),
        "abstain_below": {str(share): abstention_threshold(probabilities.max(axis=1), share) for share in COVERAGES},
    }
    return Scaling(temperature, bias, figures)
