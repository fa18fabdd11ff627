"""Change points of an index: when it turned, and by how much."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.errors import require

Floats = NDArray[np.float64]

_SHORTEST: Final = 1
_FEWEST: Final = 4
# Sentences that happen to agree, or one sentence alone, show no spread; the index is not known to better than this over the
# root of their number, which is what the spread of mixed sentences comes to.
_SMALLEST_ERROR: Final = 50.0
_MAD: Final = 0.4549  # median of a chi-squared variable with one degree of freedom


class Turn(NamedTuple):
    """A change point: the place of the first period after it, and the mean index of the stretches before and after."""

    place: int
    before: float
    after: float


def turns(index: Floats, errors: Floats, sizes: Floats) -> list[Turn]:
    """Find the change points of the mean, by PELT (Killick, Fearnhead and Eckley 2012; library ruptures).

    Each period counts by the inverse of its variance: its sampling error plus what neighbouring periods differ beyond their
    errors, estimated from the median squared difference, which few turns do not move. The penalty is 2 log n a change point,
    the Schwarz criterion for a mean and a place. A stretch may be a single period: the latest turn is the
    one that is asked for.

    Not every change point is a turn: of series whose true index never moves, 5 to 12 of a hundred have one (measured with
    normal errors of the size given here; 4 to 80 periods). Of fifty series by pair, some five do by chance.

    Args:
        index: n values, in time order.
        errors: Their n standard errors.
        sizes: Number of sentences of each, for a lower bound of the error.

    Returns:
        The change points in order; none for fewer than four periods.

    Raises:
        MissingExtraError: If ruptures is not installed.
    """
    if len(index) < _FEWEST:
        return []
    require("timeline", "ruptures")
    import ruptures

    variances = np.maximum(errors, _SMALLEST_ERROR / np.sqrt(sizes)) ** 2
    between = np.median(np.diff(index) ** 2) / (2 * _MAD) - variances.mean()
    weights = 1 / (variances + max(0.0, float(between)))

    # Sums from the start on give the cost of any stretch at once; centred, they lose no digits.
    centred = index - np.average(index, weights=weights)
    totals, firsts, seconds = ([0.0, *np.cumsum(weights * centred**power).tolist()] for power in range(3))

    class WeightedMean(ruptures.base.BaseCost):  # type: ignore[misc]
        """Weighted squared distance from the weighted mean."""

        model = "weighted"
        min_size = _SHORTEST

        def fit(self, signal: Floats) -> WeightedMean:
            """Take the series in hand."""
            self.signal = signal
            return self

        def error(self, start: int, end: int) -> float:
            """Return the cost of a stretch."""
            total, first, second = (sums[end] - sums[start] for sums in (totals, firsts, seconds))
            return max(0.0, float(second - first * first / total))

    search = ruptures.Pelt(custom_cost=WeightedMean(), min_size=_SHORTEST, jump=1).fit(index.reshape(-1, 1))
    ends = [0, *search.predict(pen=2 * float(np.log(len(index))))]
    means = [float(np.average(index[a:b], weights=weights[a:b])) for a, b in pairwise(ends)]
    return [Turn(int(place), *pair) for place, *pair in zip(ends[1:-1], means, means[1:], strict=False)]
