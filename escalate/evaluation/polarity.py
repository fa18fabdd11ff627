"""Polarity: whether the sign and the order of the score tell conflict from cooperation."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalate.errors import DataError
from escalate.evaluation.confidence import auroc
from escalate.evaluation.evaluate import Read
from escalate.evaluation.metrics import bootstrap_interval, scores
from escalate.labels import DE_ESCALATION, ESCALATION, NEUTRAL
from escalate.text import sentence_hash

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def polarity_figures(
    score: Floats, polarity: Sequence[int], groups: Sequence[Hashable], *, resamples: int = 1000
) -> dict[str, Any]:
    """Compare the score with the polarity of the rows that have one.

    Args:
        score: Shape (n,): probability of escalation minus that of de-escalation.
        polarity: The n right answers: 1 for conflict, -1 for cooperation, 0 for neither.
        groups: What each row belongs to, such as its article; whole groups are resampled for the intervals.
        resamples: Number of bootstrap samples.

    Returns:
        "auroc" (conflict against cooperation; 0.5 where only one of them occurs), "accuracy" (sign of the score; a score of
        exactly 0 counts half), "macro_f1" (of the sign, 0 taken as cooperation), "conflict" and "cooperation" (rows), and
        "intervals" of the first three, over the samples on which they are defined.

    Raises:
        DataError: If no row has one.
    """
    kept = np.flatnonzero(polarity).tolist()
    said, right = score[kept], np.asarray(polarity, dtype=np.int64)[kept]
    if not kept:
        raise DataError("no row of the data is conflict or cooperation, so that there is no polarity to compare with")
    kept_groups = [groups[i] for i in kept]
    statistics = {"auroc": _auroc, "accuracy": _accuracy, "macro_f1": _macro_f1}
    found: dict[str, Any] = {name: statistic(said, right) for name, statistic in statistics.items()}
    if np.isnan(found["auroc"]):
        found["auroc"] = 0.5
    found |= {"conflict": int((right > 0).sum()), "cooperation": int((right < 0).sum())}
    found["intervals"] = {
        name: bootstrap_interval(lambda i, of=statistic: of(said[i], right[i]), kept_groups, resamples=resamples)  # type: ignore[misc]
        for name, statistic in statistics.items()
    }
    return found


def polarity_of_neutral(
    read: Read, labels: Sequence[str], readings: Mapping[str, float], *, resamples: int = 1000
) -> dict[str, Any]:
    """Compare the score of sentences that are neutral with what readers saw in them.

    Args:
        read: Labelled rows with their probabilities.
        labels: The labels in the order of the probabilities; the project's own three must be among them.
        readings: Hash of a text -> from 0 (cooperation) to 1 (conflict), as `escalate.data.polarity.read_polarity` returns it.
        resamples: Number of bootstrap samples.

    Returns:
        The figures of `polarity_figures` over the neutral rows on whose side the readers agree.

    Raises:
        DataError: If no neutral row has a side.
    """
    side = {1.0: 1, 0.0: -1}
    neutral = labels.index(NEUTRAL)
    polarity = [side.get(readings.get(sentence_hash(row.text), 0.5), 0) if row.target == neutral else 0 for row in read.rows]
    score = read.probabilities[:, labels.index(ESCALATION)] - read.probabilities[:, labels.index(DE_ESCALATION)]
    return polarity_figures(score, polarity, [row.article for row in read.rows], resamples=resamples)


def _auroc(said: Floats, right: Ints) -> float:
    return auroc(said, right > 0)


def _accuracy(said: Floats, right: Ints) -> float:
    return float(np.where(said == 0, 0.5, np.sign(said) == right).mean())


def _macro_f1(said: Floats, right: Ints) -> float:
    return float(scores((said <= 0).astype(np.int64), (right < 0).astype(np.int64), ("conflict", "cooperation"))["macro_f1"])
