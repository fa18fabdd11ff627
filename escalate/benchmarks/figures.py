"""The figures of a benchmark: polarity, labels, contrast groups; with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalate.benchmarks.task import Row
from escalate.errors import DataError
from escalate.evaluation.confidence import auroc
from escalate.evaluation.evaluate import evaluate
from escalate.evaluation.metrics import bootstrap_interval, scores
from escalate.evaluation.significance import compare
from escalate.labels import DE_ESCALATION, ESCALATION

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
        "polarity" as `polarity` returns it, and where asked "labels" as `evaluate` does.
    """
    score = probabilities[:, labels.index(ESCALATION)] - probabilities[:, labels.index(DE_ESCALATION)]
    found = {"polarity": polarity(score, rows, resamples=resamples)}
    if labelled:
        targets = np.array([labels.index(str(row.label)) for row in rows])
        found["labels"] = evaluate(probabilities, targets, labels, [row.group for row in rows], resamples=resamples)
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


def polarity(score: Floats, rows: Sequence[Row], *, resamples: int) -> dict[str, Any]:
    """Compare the score with the polarity of the rows that have one.

    Args:
        score: Shape (n,): probability of escalation minus that of de-escalation.
        rows: The n rows.
        resamples: Number of bootstrap samples.

    Returns:
        "auroc" (conflict against cooperation; 0.5 where only one of them occurs), "accuracy" (sign of the score; a score of
        exactly 0 counts half), "macro_f1" (of the sign, 0 taken as cooperation), "conflict" and "cooperation" (rows), and
        "intervals" of the first three, over the samples on which they are defined.

    Raises:
        DataError: If no row has one.
    """
    kept = [i for i, row in enumerate(rows) if row.polarity]
    said, right = score[kept], np.array([rows[i].polarity for i in kept], dtype=np.int64)
    if not kept:
        raise DataError("no row of the task is conflict or cooperation, so that there is no polarity to compare with")
    groups = [rows[i].group for i in kept]
    statistics = {"auroc": _auroc, "accuracy": _accuracy, "macro_f1": _macro_f1}
    found: dict[str, Any] = {name: statistic(said, right) for name, statistic in statistics.items()}
    if np.isnan(found["auroc"]):
        found["auroc"] = 0.5
    found |= {"conflict": int((right > 0).sum()), "cooperation": int((right < 0).sum())}
    found["intervals"] = {
        name: bootstrap_interval(lambda i, of=statistic: of(said[i], right[i]), groups, resamples=resamples)  # type: ignore[misc]
        for name, statistic in statistics.items()
    }
    return found


def _auroc(said: Floats, right: Ints) -> float:
    return auroc(said, right > 0)


def _accuracy(said: Floats, right: Ints) -> float:
    return float(np.where(said == 0, 0.5, np.sign(said) == right).mean())


def _macro_f1(said: Floats, right: Ints) -> float:
    return float(scores((said <= 0).astype(np.int64), (right < 0).astype(np.int64), ("conflict", "cooperation"))["macro_f1"])
