"""Bootstrap intervals of an article, and of many articles, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REPLICATES: Final = 1000
SEED: Final = 13
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
    picked = np.random.default_rng(seed).integers(len(values), size=(REPLICATES, len(values)))
    heavy = np.asarray(weights, dtype=np.float64)
    return bounds((np.asarray(values) * heavy)[picked].sum(axis=1) / heavy[picked].sum(axis=1))


def clustered_sums(columns: Floats, clusters: Sequence[str], seed: Sequence[int]) -> Floats:
    """Resample articles, and sentences within each, and sum up (two-stage bootstrap: Davison and Hinkley 1997, section 3.8).

    Sentences of an article lean on each other, so articles are drawn first. Of one article only the second stage is left: the
    draws then hold nothing of what differs from article to article and are no interval of anything wider.

    Args:
        columns: Values of shape (n sentences, k).
        clusters: The n sentences' articles.
        seed: Of the resampling, one or more non-negative integers.

    Returns:
        Sums of shape (1000, k).
    """
    generator = np.random.default_rng(list(seed))
    names, members = np.unique(np.asarray(clusters, dtype=object).astype(str), return_inverse=True)
    rows = columns[np.argsort(members, kind="stable")]
    ends = np.cumsum(np.bincount(members, minlength=len(names)))
    by_article = np.empty((len(names), REPLICATES, columns.shape[1]))
    for article, part in enumerate(np.split(rows, ends[:-1])):
        by_article[article] = part[generator.integers(len(part), size=(REPLICATES, len(part)))].sum(axis=1)
    articles = generator.integers(len(names), size=(REPLICATES, len(names)))
    sums = np.empty((REPLICATES, columns.shape[1]))
    for draw, drawn in enumerate(articles):
        sums[draw] = by_article[drawn, generator.integers(REPLICATES, size=len(names))].sum(axis=0)
    return sums
