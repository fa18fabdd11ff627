"""Rates and waiting times of several contenders, taken by turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

Predict = Callable[[Sequence[str]], object]
"""Classifies texts; what it returns is not looked at."""

WARM: Final = 16
"""Sentences read before the clock starts: the first ones pay for threads and buffers."""


def rate(predict: Predict, texts: Sequence[str]) -> float:
    """Return the texts a second of one call."""
    started = time.perf_counter()
    predict(texts)
    return len(texts) / (time.perf_counter() - started)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return "median", "lowest" and "highest"."""
    return {"median": float(np.median(values)), "lowest": min(values), "highest": max(values)}


def waiting(answer: Callable[[str], object], texts: Sequence[str]) -> dict[str, float]:
    """Return "mean", "p50" and "p90" of the seconds that each text takes, one after another."""
    for text in texts[:WARM]:
        answer(text)
    seconds = [1 / rate(lambda one: answer(one[0]), [text]) for text in texts]
    return {
        "mean": float(np.mean(seconds)),
        **dict(zip(("p50", "p90"), np.quantile(seconds, [0.5, 0.9]).tolist(), strict=True)),
    }


def race(contenders: Mapping[str, Predict], texts: Sequence[str], repeats: int, pace: str) -> dict[str, dict[str, Any]]:
    """Let contenders read the same sentences by turns, so that all of them meet the same state of the machine.

    Args:
        contenders: Name -> what classifies.
        texts: The sentences; every one is also read by itself, once in all repeats.
        repeats: How many turns each has.
        pace: The contender that the others are compared with.

    Returns:
        For each contender the spread over the turns of "rate" (sentences a second), of "shortest" and "longest" (the same for
        the tenth of the sentences with the fewest and the most characters) and of "ratio" (its rate over that of `pace` in the
        same turn), and "latency": "p50" and "p99" of the seconds that a single sentence takes.
    """
    by_length, tenth = sorted(texts, key=len), max(1, len(texts) // 10)
    parts = {"rate": texts, "shortest": by_length[:tenth], "longest": by_length[-tenth:]}
    names = list(contenders)
    rates: dict[str, dict[str, list[float]]] = {name: {part: [] for part in parts} for name in names}
    waits: dict[str, list[float]] = {name: [] for name in names}
    for name in names:
        contenders[name](texts[:WARM])
    for turn in range(repeats):
        # Each turn begins with another one: what a contender leaves behind does not always meet the same successor.
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            for part, chosen in parts.items():
                rates[name][part].append(rate(contenders[name], chosen))
            waits[name] += [1 / rate(contenders[name], [text]) for text in texts[turn::repeats]]
    return {
        name: {
            **{part: spread(values) for part, values in rates[name].items()},
            "ratio": spread([own / its for own, its in zip(rates[name]["rate"], rates[pace]["rate"], strict=True)]),
            "latency": dict(zip(("p50", "p99"), np.quantile(waits[name], [0.5, 0.99]).tolist(), strict=True)),
        }
        for name in names
    }
