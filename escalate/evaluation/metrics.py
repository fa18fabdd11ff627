"""Classification metrics in plain numpy."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


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


def scores(predicted: Ints, targets: Ints, labels: Sequence[str]) -> dict[str, Any]:
    """Compute accuracy, macro-F1 and precision, recall and F1 of each label.

    Args:
        predicted: Shape (n,), index of the predicted label.
        targets: Shape (n,), index of the right label.
        labels: The labels in the order of the indexes.

    Returns:
        "accuracy", "macro_f1" (mean of the labels' F1, 0 for one that neither occurs nor is predicted, as in scikit-learn),
        "per_class" (label -> "precision", "recall", "f1", "support") and "confusion" (rows: right label).
    """
    matrix = confusion_matrix(predicted, targets, len(labels))
    right, said, given = matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)
    precision = right / np.maximum(said, 1)
    recall = right / np.maximum(given, 1)
    f1 = 2 * right / np.maximum(said + given, 1)
    return {
        "accuracy": float(right.sum() / max(matrix.sum(), 1)),
        "macro_f1": float(f1.mean()),
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


def bootstrap_interval(
    statistic: Callable[[Ints], float], groups: Sequence[Hashable], *, resamples: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Return a 95% percentile interval over resampled groups (clustered bootstrap; Field and Welsh, 2007).

    Sentences of one article are alike, so whole articles are drawn, not sentences.

    Args:
        statistic: Takes row indexes, with repetitions, and returns the figure.
        groups: The group of each of n rows, such as its article.
        resamples: Number of bootstrap samples.
        seed: Seed of the draws.

    Returns:
        The lower and the upper bound.

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
    values = [
        statistic(np.concatenate([clusters[i] for i in generator.integers(len(clusters), size=len(clusters))]))
        for _ in range(resamples)
    ]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
