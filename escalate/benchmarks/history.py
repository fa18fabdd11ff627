"""The index beside history: does it turn where the history books do?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from escalate.intervals import SEED, Floats, clustered_sums
from escalate.readings import Reading
from escalate.series import index_of
from escalate.timeline import Timeline, of_readings


@dataclass(frozen=True, slots=True)
class Crisis:
    """A crisis with a turn that has a date.

    Attributes:
        conflict: As in data/articles.jsonl.
        since: First day to look at.
        until: Last day to look at.
        turn: Day on which it turned towards de-escalation.
        event: What happened on that day.
    """

    conflict: str
    since: str
    until: str
    turn: str
    event: str


# Chosen with an eye on the plots among conflicts of which the dataset holds articles on both sides of a dated turn: an
# illustration of what the index does, no estimate of how often it does so.
CRISES: Final = (
    Crisis(
        "Corfu incident 1923", "1923-08-27", "1923-10-31", "1923-09-07", "settlement proposed by the Conference of Ambassadors"
    ),
    Crisis("Greco-Bulgarian incident 1925", "1925-10-19", "1925-12-31", "1925-10-24", "the League's Council calls a halt"),
    Crisis("Irish War of Independence and Treaty", "1920-01-01", "1922-01-31", "1921-07-09", "truce agreed"),
    Crisis("Cuban missile crisis", "1962-10-16", "1963-12-31", "1962-10-28", "Khrushchev withdraws the missiles"),
    Crisis("Indo-Pakistani War 1965", "1965-08-01", "1966-01-31", "1965-09-23", "ceasefire"),
    Crisis("Football War", "1969-06-01", "1969-12-31", "1969-07-29", "El Salvador agrees to withdraw"),
    Crisis("Gulf War 1990-1991", "1990-07-01", "1991-03-31", "1991-02-28", "ceasefire"),
    Crisis("Cenepa War", "1995-01-01", "1995-12-31", "1995-02-13", "Peru declares a ceasefire"),
    Crisis(
        "Northern Ireland Troubles", "1969-01-01", "1998-12-31", "1994-08-31", "ceasefire of the IRA, and the accord of 1998"
    ),
    Crisis("Doklam standoff", "2017-06-01", "2017-12-31", "2017-08-28", "both armies disengage"),
    Crisis("Balakot crisis 2019", "2019-02-14", "2019-12-31", "2019-02-28", "Pakistan announces that it frees the pilot"),
    Crisis("Galwan clash 2020", "2020-06-01", "2021-03-31", "2021-02-10", "disengagement at the Pangong lake"),
    Crisis("Tigray War", "2020-11-01", "2022-12-31", "2022-11-02", "agreement of Pretoria"),
    Crisis("Israel-Hezbollah conflict 2023-2024", "2023-10-07", "2024-12-31", "2024-11-27", "ceasefire"),
)


def follow(readings: Sequence[Reading], crisis: Crisis) -> Timeline:
    """Return the time line of a crisis, day by day."""
    chosen = [
        reading
        for reading in readings
        if reading.article.conflict == crisis.conflict and crisis.since <= (reading.article.date or "") <= crisis.until
    ]
    return of_readings(chosen, "conflict", "D")


def check(found: Timeline, crisis: Crisis, split: str) -> dict[str, Any]:
    """Compare the index before and from the documented day on.

    Args:
        found: The crisis' time line.
        crisis: The crisis.
        split: "train", "validation" or "test": whether the model has learnt from these articles.

    Returns:
        The crisis, numbers of articles, the index before and after with 95% intervals, their difference with its interval,
        `turned` (the difference's interval lies below 0), `steepest` (the day of the split in two that fits the index best),
        and the change points.
    """
    rows = found.sentences
    first = rows["period"] < crisis.turn
    sides = {"before": rows[first], "after": rows[~first]}
    draws: dict[str, Floats] = {}
    result: dict[str, Any] = {**asdict(crisis), "split": split}
    for number, (name, part) in enumerate(sides.items()):
        weights = part["weight"].to_numpy(dtype=float)
        columns = part[["escalation", "de_escalation"]].to_numpy(dtype=float) * weights[:, None]
        draws[name] = np.asarray(index_of(clustered_sums(columns, part["article"].tolist(), [SEED, number])))
        result[name] = {"articles": part["article"].nunique(), **_summary(float(index_of(columns.sum(axis=0))), draws[name])}
    result["difference"] = _summary(result["after"]["index"] - result["before"]["index"], draws["after"] - draws["before"])
    result["turned"] = result["difference"]["high"] < 0
    result["steepest"] = _steepest(found)
    result["changes"] = [{"period": change.period, "direction": change.direction} for change in found.changes]
    return result


def _summary(value: float, draws: Floats) -> dict[str, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"index": round(value, 1), "low": round(float(low), 1), "high": round(float(high), 1)}


def _steepest(found: Timeline) -> str:
    """Return the first day of the second of the two stretches that fit the index best."""
    index = found.periods["index"].to_numpy(dtype=float)
    costs = [index[:k].var() * k + index[k:].var() * (len(index) - k) for k in range(1, len(index))]
    return str(found.periods["period"].iloc[1 + int(np.argmin(costs))].date())
