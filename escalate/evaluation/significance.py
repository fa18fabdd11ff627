"""Is one model better than another on the same rows: McNemar's test, and a paired bootstrap over articles."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import exp, lgamma, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalate.evaluation.metrics import bootstrap, scores

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def mcnemar(first: Bools, second: Bools) -> dict[str, float]:
    """Test whether two models are right equally often, from the rows on which only one is (McNemar, 1947).

    Args:
        first: Shape (n,), whether the first model is right.
        second: Shape (n,), the same for the second.

    Returns:
        "only_first" and "only_second" (rows that only this one gets right), "p_exact" (two-sided, binomial) and "p_mid" (mid-p,
        less conservative; Fagerland et al., 2013). Rows are taken as independent, which sentences of one article are not
        quite.
    """
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    total, fewer = only_first + only_second, min(only_first, only_second)
    chances = [exp(lgamma(total + 1) - lgamma(k + 1) - lgamma(total - k + 1) - total * log(2)) for k in range(fewer + 1)]
    exact = min(1.0, 2 * sum(chances))
    # With an even split both tails hold the middle, and the two-sided exact p is above 1 before it is cut.
    mid = min(1.0, 2 * sum(chances) - chances[-1])
    return {"only_first": only_first, "only_second": only_second, "p_exact": exact, "p_mid": mid}


def compare(
    first: Ints, second: Ints, targets: Ints, labels: Sequence[str], articles: Sequence[Hashable], *, resamples: int = 1000
) -> dict[str, Any]:
    """Compare the labels that two models give to the same rows.

    Args:
        first: Shape (n,), index of the label that the first model gives.
        second: Shape (n,), the same for the second.
        targets: Shape (n,), index of the right label.
        labels: The labels in the order of the indexes.
        articles: The article of each row; whole articles are resampled, the same for both models.
        resamples: Number of bootstrap samples.

    Returns:
        "macro_f1" (of the second), "macro_f1_difference" (first minus second), its 95% "interval", "p_bootstrap" (two-sided:
        twice the smaller share of samples on the other side of 0; Efron and Tibshirani, 1993), "same_labels" (share of rows)
        and "mcnemar". A single article tells nothing of others: the interval is None then, and p is 1.
    """

    def difference(rows: Ints) -> float:
        one, other = (scores(said[rows], targets[rows], labels)["macro_f1"] for said in (first, second))
        return float(one - other)

    drawn = bootstrap(difference, articles, resamples=resamples)
    several = len(set(articles)) > 1
    low, high = np.percentile(drawn, [2.5, 97.5])
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return {
        "macro_f1": scores(second, targets, labels)["macro_f1"],
        "macro_f1_difference": difference(np.arange(len(targets))),
        "interval": (float(low), float(high)) if several else None,
        "p_bootstrap": min(1.0, 2 * (tail + 1) / (resamples + 1)) if several else 1.0,
        "same_labels": float((first == second).mean()),
        "mcnemar": mcnemar(first == targets, second == targets),
    }
