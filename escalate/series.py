"""The course of a series of sentences: its index period by period, with intervals and change points."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from escalate.actors import dyads
from escalate.articles.article import Article
from escalate.changes import turns
from escalate.copies import Watch
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


def members(readings: Sequence[Reading], by: str, freq: str, watch: Watch | None = None) -> pd.DataFrame:
    """Return the sentences of each series and period.

    Args:
        readings: The articles.
        by: What the series stand for; see `escalate.timeline.timeline`.
        freq: "D", "W" or "M".
        watch: Called after each sentence, if given.

    Returns:
        One row for each sentence and series; copies are left out, and articles that are undated or in another language than
        English. Columns as in `escalate.timeline.Timeline`.

    Raises:
        DataError: If nothing is left.
    """
    rows: list[dict[str, Any]] = []
    for reading in readings:
        for sentence in reading.sentences if reading.in_series else ():
            if sentence.copy_of is None:
                rows.extend(_rows(reading.article, sentence, by))
                if watch:
                    watch(len(rows))
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


def _rows(article: Article, sentence: Sentence, by: str) -> list[dict[str, Any]]:
    row = {
        "period": article.date,
        "article": article.id,
        "sentence": sentence.id,
        "label": sentence.prediction.label,
        "escalation": sentence.prediction.probabilities.get(ESCALATION, 0.0),
        "de_escalation": sentence.prediction.probabilities.get(DE_ESCALATION, 0.0),
        "weight": sentence.weight,
    }
    return [{"series": series, **row} for series in _names(article, sentence, by)]


def _names(article: Article, sentence: Sentence, by: str) -> list[str]:
    if by == "country":
        return [actor.name for actor in sentence.actors if actor.kind == "state"]
    if by == "dyad":
        return dyads(sentence.actors) if sentence.prediction.label != NEUTRAL else []
    return {"all": ["all"], "conflict": [article.conflict or "unnamed"], "source": [article.source or "unnamed"]}[by]


def reports(readings: Sequence[Reading], freq: str) -> dict[str, set[tuple[str, pd.Timestamp]]]:
    """Return who repeats a sentence, and when.

    Args:
        readings: The articles.
        freq: "D", "W" or "M".

    Returns:
        For ids of original sentences the articles that say the same: near-copies of the sentence's article, and those that copy
        this sentence; each with the first day of its period.
    """
    days = {day for reading in readings if reading.in_series for day in (reading.article.date, *reading.copy_dates)}
    periods = dict(zip(days, pd.PeriodIndex(list(days), freq=freq).start_time, strict=True))
    found: dict[str, set[tuple[str, pd.Timestamp]]] = {}
    for reading in readings:
        for sentence in reading.sentences if reading.in_series else ():
            copies = list(zip(reading.copies, reading.copy_dates, strict=True))
            if sentence.copy_of is not None:
                copies.append((reading.article.id, str(reading.article.date)))
            if copies:
                found.setdefault(sentence.copy_of or sentence.id, set()).update((id_, periods[day]) for id_, day in copies)
    return found


def course(
    name: str,
    sentences: pd.DataFrame,
    copies: Mapping[str, Iterable[tuple[str, pd.Timestamp]]],
    freq: str,
    watch: Watch | None = None,
) -> tuple[list[dict[str, Any]], list[Change]]:
    """Follow a series through its periods.

    Args:
        name: Of the series.
        sentences: Its rows of `members`.
        copies: Who repeats a sentence, and when, as from `reports`.
        freq: "D", "W" or "M".
        watch: Called before each period, if given.

    Returns:
        A row for each period, with the columns of `escalate.timeline.timeline`, and the change points.
    """
    rows: list[dict[str, Any]] = []
    errors: list[float] = []
    # Arrays from here on: a data frame for each period would take longer than all that is reckoned.
    days, articles, labels = (sentences[column].to_numpy() for column in ("period", "article", "label"))
    up, down, weights = (sentences[column].to_numpy(dtype=float) for column in ("escalation", "de_escalation", "weight"))
    columns = np.column_stack([up * weights, down * weights, weights])
    order = np.argsort(days, kind="stable")
    starts, firsts = np.unique(days[order], return_index=True)
    places = starts.astype(f"datetime64[{freq}]").astype(int)
    copied: dict[pd.Timestamp, set[str]] = {}
    for id_ in sentences["sentence"]:
        for article, day in copies.get(id_, ()):
            copied.setdefault(day, set()).add(article)
    smooth = np.zeros(2)
    for number, inside in enumerate(np.split(order, firsts[1:])):
        if watch:
            watch(len(sentences))
        start = pd.Timestamp(starts[number])
        sums = columns[inside].sum(axis=0)
        row = {"series": name, "period": start, **_counts(articles[inside], labels[inside], copied.get(start, set()))}
        found, error = _measures(sums, columns[inside], articles[inside].tolist(), f"{name} {start}")
        passed = places[number] - places[number - 1] if number else 0
        smooth = sums[:2] + smooth * 0.5 ** (passed / HALF_LIFE)
        errors.append(error)
        rows.append({**row, **found, "smooth": float(index_of(smooth)), "change": "", "carriers": ""})
    changes = []
    index, sizes = (np.array([row[name] for row in rows], dtype=float) for name in ("index", "sentences"))
    for turn in turns(index, np.array(errors), sizes):
        near = sentences[sentences["period"].isin([row["period"] for row in rows[turn.place : turn.place + 2]])]
        day = rows[turn.place]["period"].date().isoformat()
        change = Change(name, day, turn.before, turn.after, _carriers(near, turn.after > turn.before))
        rows[turn.place] |= {"change": change.direction, "carriers": json.dumps(change.sentences, ensure_ascii=False)}
        changes.append(change)
    return rows, changes


def _counts(articles: Any, labels: Any, copied: set[str]) -> dict[str, int]:
    distinct = set(articles)
    return {
        "articles": len(distinct),
        "reports": len(distinct | copied),
        "sentences": len(labels),
        "escalation": int((labels == ESCALATION).sum()),
        "de_escalation": int((labels == DE_ESCALATION).sum()),
        "neutral": int((labels == NEUTRAL).sum()),
    }


def _measures(sums: Floats, columns: Floats, articles: list[str], seed: str) -> tuple[dict[str, float], float]:
    """Return score and index of a period with their intervals, and the standard error of the index.

    The columns are weighted P(escalation), weighted P(de-escalation) and weights; one row, and one article, for each sentence.
    """
    found: dict[str, float] = {}
    error = 0.0
    # By their numbers: what articles are called must not move an interval.
    numbers = pd.factorize(np.array(articles, dtype=object))[0].tolist()
    drawn = clustered_sums(columns, numbers, [SEED, zlib.crc32(seed.encode())]) if len(articles) > 1 else None
    for measure, formula in (("score", _score), ("index", index_of)):
        known = bounds(formula(drawn)) if drawn is not None and len(set(articles)) > 1 else None
        low, high = known or (np.nan, np.nan)
        found |= {measure: float(formula(sums)), f"{measure}_low": low, f"{measure}_high": high}
    if drawn is not None:
        error = float(index_of(drawn).std())
    return found, error


def index_of(sums: Floats) -> Any:
    """Return the index of sums of shape (..., 2 or more): E and D, see `escalate.timeline.timeline`."""
    return 100 * (sums[..., 0] - sums[..., 1]) / (sums[..., 0] + sums[..., 1] + PRIOR)


def _score(sums: Floats) -> Any:
    return (sums[..., 0] - sums[..., 1]) / sums[..., 2]


def _carriers(part: pd.DataFrame, up: bool) -> tuple[str, ...]:
    label, column = (ESCALATION, "escalation") if up else (DE_ESCALATION, "de_escalation")
    found = part[part["label"] == label].sort_values(column, ascending=False, kind="stable")
    return tuple(found["sentence"].head(CARRIERS))
