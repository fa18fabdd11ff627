"""Bootstrap intervals of an article, and of many articles, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REPLICATES: Final = 1000
SEED: Final = 13
_AT_ONCE: Final = 1_000_000  # values drawn at once, for a text as long as a book too; in parts the draws are the same
_NARROWEST: Final = 1e-9  # what rounding leaves of no width


def bounds(draws: Floats) -> tuple[float, float] | None:
    """Return the 95% interval of some draws; None if they do not vary and so tell nothing."""
    low, high = (float(bound) for bound in np.quantile(draws, [0.025, 0.975]))
    return (low, high) if high - low > _NARROWEST else None


def weighted_mean(values: Sequence[float], weights: Sequence[float], seed: int = SEED) -> tuple[float, float] | None:
    """Return the 95% bootstrap interval of the weighted mean of an article's sentences.

    Args:
        values: n values.
        weights: Their n weights, positive.
        seed: Of the resampling.

    Returns:
        The interval; None for fewer than two values, or equal ones: they show no spread.
    """
    if len(values) < 2:
        return None
    generator = np.random.default_rng(seed)
    heavy = np.asarray(weights, dtype=np.float64)
    weighted = np.asarray(values) * heavy
    draws = np.empty(REPLICATES)
    rows = max(1, _AT_ONCE // len(values))
    for start in range(0, REPLICATES, rows):
        part = draws[start : start + rows]
        picked = generator.integers(len(values), size=(len(part), len(values)))
        part[:] = weighted[picked].sum(axis=1) / heavy[picked].sum(axis=1)
    return bounds(draws)


def clustered_sums(columns: Floats, clusters: Sequence[str] | Sequence[int], seed: Sequence[int]) -> Floats:
    """Resample articles, and sentences within each, and sum up (two-stage bootstrap: Davison and Hinkley 1997, section 3.8).

    Sentences of an article lean on each other, so articles are drawn first. Of one article only the second stage is left: the
    draws then hold nothing of what differs from article to article and are no interval of anything wider.

    Args:
        columns: Values of shape (n sentences, k).
        clusters: The n sentences' articles; the draws depend on how these sort.
        seed: Of the resampling, one or more non-negative integers.

    Returns:
        Sums of shape (1000, k).
    """
    generator = np.random.default_rng(list(seed))
    rows: dict[Any, list[int]] = {}
    for row, article in enumerate(clusters):
        rows.setdefault(article, []).append(row)
    by_article = np.empty((len(rows), REPLICATES, columns.shape[1]))
    for place, name in enumerate(sorted(rows)):
        part = columns[rows[name]]
        size = _AT_ONCE // REPLICATES
        for start in range(0, len(part), size):
            # In this order sums run along the memory.
            picked = generator.integers(len(part), size=(min(size, len(part) - start), REPLICATES))
            drawn = np.take(part, picked, axis=0)
            if start:
                drawn[0] += by_article[place]
            by_article[place] = drawn.sum(axis=0)
    if len(rows) == 1:
        return np.asarray(by_article[0], dtype=np.float64)
    # Each turn of the loop adds one drawn article to all draws.
    sums = np.zeros((REPLICATES, columns.shape[1]))
    for _ in rows:
        sums += by_article[generator.integers(len(rows), size=REPLICATES), generator.integers(REPLICATES, size=REPLICATES)]
    return sums
