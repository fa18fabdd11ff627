"""The figures of a benchmark: polarity, labels, contrast groups; with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalate.benchmarks.task import Row
from escalate.evaluation.evaluate import evaluate
from escalate.evaluation.polarity import polarity_figures
from escalate.evaluation.significance import compare
from escalate.labels import DE_ESCALATION, ESCALATION

Floats = NDArray[np.float64]


def figures(
    probabilities: Floats, rows: Sequence[Row], labels: Sequence[str], *, labelled: bool, resamples: int
) -> dict[str, Any]:
    """Compute the figures of a model on a task.

    Args:
        probabilities: Shape (n, k).
        rows: The n rows.
        labels: The k labels; escalation and de-escalation must be among them.
        labelled: Whether the rows' labels are scored beside their polarity.
        resamples: Number of bootstrap samples.

    Returns:
        "polarity" as `evaluation.polarity.polarity_figures` does, and where asked "labels" as `evaluate` does.

    Raises:
        DataError: If no row is conflict or cooperation.
    """
    score = probabilities[:, labels.index(ESCALATION)] - probabilities[:, labels.index(DE_ESCALATION)]
    groups = [row.group for row in rows]
    found = {"polarity": polarity_figures(score, [row.polarity for row in rows], groups, resamples=resamples)}
    if labelled:
        targets = np.array([labels.index(str(row.label)) for row in rows])
        found["labels"] = evaluate(probabilities, targets, labels, groups, resamples=resamples)
    return found


def lead(bundle: Floats, rival: Floats, rows: Sequence[Row], labels: Sequence[str], *, resamples: int) -> dict[str, Any]:
    """Test by how much a bundle's labels are better than a rival's on the same rows.

    Args:
        bundle: The bundle's probabilities, of shape (n, k).
        rival: The rival's, of the same shape.
        rows: The n rows, each with a label.
        labels: The k labels.
        resamples: Number of bootstrap samples.

    Returns:
        What `evaluation.significance.compare` does, the bundle first.
    """
    targets = np.array([labels.index(str(row.label)) for row in rows])
    said = bundle.argmax(axis=1), rival.argmax(axis=1)
    return compare(*said, targets, labels, [row.group for row in rows], resamples=resamples)
