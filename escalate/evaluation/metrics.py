"""Classification metrics in plain numpy."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from escalate.labels import NEUTRAL

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Interval: TypeAlias = tuple[float, float]


def confusion_matrix(predicted: Ints, targets: Ints, count: int) -> Ints:
    """Count rows by right and predicted label.

    Args:
        predicted: Shape (n,), index of the predicted label.
        targets: Shape (n,), index of the right label.
        count: Number of labels.

    Returns:
        Shape (count, count); rows are the right labels, columns the predicted ones.
    """
    cells = np.bincount(np.asarray(targets) * count + np.asarray(predicted), minlength=count * count)
    return cells.reshape(count, count).astype(np.int64)


def scores(predicted: Ints, targets: Ints, labels: Sequence[str], *, undefined: float = 0.0) -> dict[str, Any]:
    """Compute accuracy, macro-F1, Matthews correlation, false alarms, and precision, recall and F1 of each label.

    Args:
        predicted: Shape (n,), index of the predicted label.
        targets: Shape (n,), index of the right label.
        labels: The labels in the order of the indexes.
        undefined: What a figure is that no row decides, such as the F1 of a label that neither occurs nor is predicted: 0 as
            in scikit-learn, or NaN for the samples of a bootstrap. Macro-F1 leaves NaN out.

    Returns:
        "accuracy", "macro_f1" (mean of the labels' F1), "mcc" (multi-class Matthews correlation; Gorodkin, 2004),
        "false_alarm_rate" (share of the neutral rows that are called a signal; absent if no label is "neutral"), "per_class"
        (label -> "precision", "recall", "f1", "support") and "confusion" (rows: right label).
    """
    matrix = confusion_matrix(predicted, targets, len(labels))
    right, said, given = matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)
    precision, recall = _share(right, said, undefined), _share(right, given, undefined)
    f1 = _share(2 * right, said + given, undefined)
    return {
        "accuracy": float(right.sum() / max(matrix.sum(), 1)),
        "macro_f1": float(np.nanmean(f1)),
        "mcc": _matthews(matrix, undefined),
        **_false_alarms(matrix, labels, undefined),
        "per_class": {
            label: {
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(given[i]),
            }
            for i, label in enumerate(labels)
        },
        "confusion": matrix.tolist(),
    }


def _share(part: Ints, whole: Ints, undefined: float) -> Floats:
    return np.where(whole > 0, part / np.maximum(whole, 1), undefined)


def _matthews(matrix: Ints, undefined: float) -> float:
    cells = matrix.astype(np.float64)
    total, said, given = cells.sum(), cells.sum(axis=0), cells.sum(axis=1)
    spread = np.sqrt((total**2 - said @ said) * (total**2 - given @ given))
    return float((cells.trace() * total - said @ given) / spread) if spread > 0 else undefined


def _false_alarms(matrix: Ints, labels: Sequence[str], undefined: float) -> dict[str, float]:
    if NEUTRAL not in labels:
        return {}
    place = list(labels).index(NEUTRAL)
    row = matrix[place]
    return {"false_alarm_rate": float(1 - row[place] / row.sum()) if row.sum() else undefined}


def resampled(groups: Sequence[Hashable], *, resamples: int = 1000, seed: int = 0) -> Iterator[Ints]:
    """Draw whole groups of rows with replacement: the samples of a clustered bootstrap (Field and Welsh, 2007).

    Sentences of one article are alike, so whole articles are drawn, not sentences.

    Args:
        groups: The group of each of n rows, such as its article.
        resamples: Number of samples.
        seed: Seed of the draws; the same groups and seed give the same samples, which makes comparisons paired.

    Yields:
        Row indexes, with repetitions, of one sample.

    Raises:
        ValueError: If there is no row.
    """
    if not groups:
        raise ValueError("no rows to resample")
    members: dict[Hashable, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    clusters = [np.asarray(rows, dtype=np.int64) for rows in members.values()]
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.concatenate([clusters[i] for i in generator.integers(len(clusters), size=len(clusters))])


def bootstrap(
    statistic: Callable[[Ints], ArrayLike], groups: Sequence[Hashable], *, resamples: int = 1000, seed: int = 0
) -> Floats:
    """Compute figures on every sample of a clustered bootstrap.

    Args:
        statistic: Takes row indexes, with repetitions, and returns a figure or several.
        groups: The group of each of n rows, such as its article.
        resamples: Number of bootstrap samples.
        seed: Seed of the draws.

    Returns:
        Shape (resamples,) or (resamples, figures).

    Raises:
        ValueError: If there is no row.
    """
    return np.array([statistic(rows) for rows in resampled(groups, resamples=resamples, seed=seed)], dtype=np.float64)


def bootstrap_intervals(
    statistic: Callable[[Ints], Sequence[float]], groups: Sequence[Hashable], *, resamples: int = 1000, seed: int = 0
) -> list[Interval | None]:
    """Return 95% percentile intervals of figures over resampled groups.

    Args:
        statistic: Takes row indexes, with repetitions, and returns the figures; NaN for one that is undefined on these rows.
        groups: The group of each of n rows, such as its article.
        resamples: Number of bootstrap samples.
        seed: Seed of the draws.

    Returns:
        The lower and the upper bound of each figure, over the samples on which it is defined; None where there is no such
        sample, or a single group, which tells nothing of how groups differ.

    Raises:
        ValueError: If there is no row.
    """
    drawn = bootstrap(statistic, groups, resamples=resamples, seed=seed)
    return [_interval(column) if len(set(groups)) > 1 else None for column in drawn.T]


def bootstrap_interval(
    statistic: Callable[[Ints], float], groups: Sequence[Hashable], *, resamples: int = 1000, seed: int = 0
) -> Interval | None:
    """Return the 95% percentile interval of one figure; see `bootstrap_intervals`.

    Args:
        statistic: Takes row indexes, with repetitions, and returns the figure.
        groups: The group of each of n rows, such as its article.
        resamples: Number of bootstrap samples.
        seed: Seed of the draws.

    Returns:
        The lower and the upper bound, or None.

    Raises:
        ValueError: If there is no row.
    """
    return bootstrap_intervals(lambda rows: [statistic(rows)], groups, resamples=resamples, seed=seed)[0]


def reflected(interval: Interval | None, figure: float) -> Interval | None:
    """Turn a percentile interval round its figure: the basic bootstrap interval (Davison and Hinkley, 1997, section 5.2).

    For a figure that noise can only raise, such as the calibration error: samples drawn with repetition are noisier than the
    rows, so that their percentiles lie too high by about as much as the figure itself does.

    Args:
        interval: The percentile interval.
        figure: The figure on all rows, of those that are never negative.

    Returns:
        The interval without what lies below 0, widened to the figure where noise is all that there is.
    """
    if interval is None:
        return None
    low, high = (2 * figure - bound for bound in reversed(interval))
    return max(0.0, min(low, figure)), max(high, figure)


def _interval(drawn: Floats) -> Interval | None:
    known = drawn[~np.isnan(drawn)]
    if len(known) == 0:
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
