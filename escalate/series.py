"""The course of a series of sentences: its index period by period, with intervals and change points."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from escalate.actors import dyads
from escalate.articles.article import Article
from escalate.changes import turns
from escalate.errors import DataError
from escalate.intervals import SEED, Floats, bounds, clustered_sums
from escalate.labels import DE_ESCALATION, ESCALATION, NEUTRAL
from escalate.readings import Reading, Sentence

PRIOR: Final = 2.0
HALF_LIFE: Final = 3.0
CARRIERS: Final = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A change point of a series.

    Attributes:
        series: Name of the series.
        period: First day of the first period after the change, ISO.
        before: Mean index of the stretch before it.
        after: Mean index of the stretch after it.
        sentences: Ids of the sentences that carry it, the strongest first: those of the two first periods after the change that
            signal in its direction. None where the index moved because the other side's signals ceased.
    """

    series: str
    period: str
    before: float
    after: float
    sentences: tuple[str, ...]

    @property
    def direction(self) -> str:
        """Return "up" (towards escalation) or "down" (towards de-escalation)."""
        return "up" if self.after > self.before else "down"


def members(readings: Sequence[Reading], by: str, freq: str) -> pd.DataFrame:
    """Return the sentences of each series and period.

    Args:
        readings: The articles.
        by: What the series stand for; see `escalate.timeline.timeline`.
        freq: "D", "W" or "M".

    Returns:
        One row for each sentence and series; copies are left out, and articles that are undated or in another language than
        English. Columns as in `escalate.timeline.Timeline`.

    Raises:
        DataError: If nothing is left.
    """
    rows = [
        {
            "series": series,
            "period": reading.article.date,
            "article": reading.article.id,
            "sentence": sentence.id,
            "label": sentence.prediction.label,
            "escalation": sentence.prediction.probabilities.get(ESCALATION, 0.0),
            "de_escalation": sentence.prediction.probabilities.get(DE_ESCALATION, 0.0),
            "weight": sentence.weight,
        }
        for reading in readings
        if reading.article.date and reading.language is None
        for sentence in reading.sentences
        if sentence.copy_of is None
        for series in _names(reading.article, sentence, by)
    ]
    if not rows:
        dated = sum(bool(reading.article.date) for reading in readings)
        foreign = sum(reading.language is not None for reading in readings)
        other = f", {foreign} are in another language than English" if foreign else ""
        raise DataError(
            f"{dated} of {len(readings)} articles have a date{other}, and none of their sentences belongs to a series by {by}; "
            f"{'translate them, ' if foreign else ''}give ISO dates, or group otherwise"
        )
    frame = pd.DataFrame(rows)
    frame["period"] = pd.PeriodIndex(frame["period"], freq=freq).start_time
    return frame


def _names(article: Article, sentence: Sentence, by: str) -> list[str]:
    if by == "country":
        return [actor.name for actor in sentence.actors if actor.kind == "state"]
    if by == "dyad":
        return dyads(sentence.actors) if sentence.prediction.label != NEUTRAL else []
    return {"all": ["all"], "conflict": [article.conflict or "unnamed"], "source": [article.source or "unnamed"]}[by]


def course(
    name: str, sentences: pd.DataFrame, copies: Mapping[str, Sequence[pd.Timestamp]], freq: str
) -> tuple[list[dict[str, Any]], list[Change]]:
    """Follow a series through its periods.

    Args:
        name: Of the series.
        sentences: Its rows of `members`.
        copies: First days of the periods of each article's copies, by the article's id.
        freq: "D", "W" or "M".

    Returns:
        A row for each period, with the columns of `escalate.timeline.timeline`, and the change points.
    """
    rows: list[dict[str, Any]] = []
    errors: list[float] = []
    smooth, last = np.zeros(2), 0
    copied = Counter(day for id_ in sentences["article"].unique() for day in copies.get(id_, ()))
    for start, part in sentences.groupby("period", sort=True):
        sums, drawn = _sums(part, f"{name} {start}")
        place = pd.Period(start, freq=freq).ordinal
        smooth = sums[:2] + smooth * 0.5 ** ((place - last) / HALF_LIFE if rows else 0)
        last = place
        row = {"series": name, "period": start, **_counts(part, copied[start])}
        for measure, formula in (("score", _score), ("index", index_of)):
            low, high = (row["articles"] > 1 and bounds(formula(drawn))) or (np.nan, np.nan)
            row |= {measure: float(formula(sums)), f"{measure}_low": low, f"{measure}_high": high}
        errors.append(float(index_of(drawn).std()))
        rows.append({**row, "smooth": float(index_of(smooth)), "change": "", "carriers": ""})
    changes = []
    index, sizes = (np.array([row[name] for row in rows], dtype=float) for name in ("index", "sentences"))
    for turn in turns(index, np.array(errors), sizes):
        near = sentences[sentences["period"].isin([row["period"] for row in rows[turn.place : turn.place + 2]])]
        start = rows[turn.place]["period"].date().isoformat()
        change = Change(name, start, turn.before, turn.after, _carriers(near, turn.after > turn.before))
        rows[turn.place] |= {"change": change.direction, "carriers": " ".join(change.sentences)}
        changes.append(change)
    return rows, changes


def _sums(part: pd.DataFrame, seed: str) -> tuple[Floats, Floats]:
    """Return the weighted sums of P(escalation), P(de-escalation) and 1, and the same of 1000 draws."""
    weights = part["weight"].to_numpy(dtype=float)
    signals = part[["escalation", "de_escalation"]].to_numpy(dtype=float)
    columns = np.column_stack([signals * weights[:, None], weights])
    return columns.sum(axis=0), clustered_sums(columns, part["article"].tolist(), [SEED, zlib.crc32(seed.encode())])


def _counts(part: pd.DataFrame, copied: int) -> dict[str, int]:
    articles, labels = part["article"].unique(), part["label"].value_counts()
    return {
        "articles": len(articles),
        "reports": len(articles) + copied,
        "sentences": len(part),
        "escalation": int(labels.get(ESCALATION, 0)),
        "de_escalation": int(labels.get(DE_ESCALATION, 0)),
        "neutral": int(labels.get(NEUTRAL, 0)),
    }


def index_of(sums: Floats) -> Any:
    """Return the index of sums of shape (..., 2 or more): E and D, see `escalate.timeline.timeline`."""
    return 100 * (sums[..., 0] - sums[..., 1]) / (sums[..., 0] + sums[..., 1] + PRIOR)


def _score(sums: Floats) -> Any:
    return (sums[..., 0] - sums[..., 1]) / sums[..., 2]


def _carriers(part: pd.DataFrame, up: bool) -> tuple[str, ...]:
    label, column = (ESCALATION, "escalation") if up else (DE_ESCALATION, "de_escalation")
    found = part[part["label"] == label].sort_values(column, ascending=False, kind="stable")
    return tuple(found["sentence"].head(CARRIERS))
