"""From articles to a time line: is it getting worse, between whom, since when, and which sentences say so?"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from escalate.articles.article import Article
from escalate.errors import ConfigError, DataError, require
from escalate.labels import DE_ESCALATION, ESCALATION, NEUTRAL

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from escalate.predict import Predictor
    from escalate.readings import Reading, Sentence, Weights

# What is heavy (numpy, pandas) is imported when a time line is made: `import escalate` stays cheap.

GROUPINGS: Final = ("all", "conflict", "country", "dyad", "source")
FREQUENCIES: Final = {"D": "day", "W": "week", "M": "month"}
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


@dataclass(frozen=True, slots=True)
class Timeline:
    """A time line and everything that it rests on.

    Attributes:
        readings: The articles, copies collapsed.
        sentences: One row for each sentence and series it belongs to: `series`, `period`, `article`, `sentence` (id), `label`,
            `escalation`, `de_escalation` (probabilities), `weight`.
        periods: One row for each series and period; see `timeline`.
        changes: The change points, by series and date.
        undated: Ids of the articles that have no date and are in no series.
        by: What the series stand for.
        frequency: "D", "W" or "M".
    """

    readings: tuple[Reading, ...]
    sentences: pd.DataFrame
    periods: pd.DataFrame
    changes: tuple[Change, ...]
    undated: tuple[str, ...]
    by: str
    frequency: str


def timeline(
    articles: Iterable[Article | dict[str, Any]],
    by: str = "all",
    freq: str = "D",
    *,
    predictor: Predictor | None = None,
    weights: Weights | None = None,
) -> pd.DataFrame:
    """Make a time line of articles: a row for each series and each period in which it has sentences.

    The index of a period is

        100 (E - D) / (E + D + 2),

    where E and D are the expected numbers of escalation and of de-escalation sentences: sums of calibrated probabilities, each
    times the sentence's weight. The 2 stands for one imagined sentence on either side, so that a handful of sentences cannot
    reach the ends of the scale. It lies in (-100, 100); 0 means as much of one as of the other, or silence.

    What the index is not: it measures what is *reported*, and papers report the new, the near and the loud. It counts a border
    shot and a barrage as one sentence each. Values of different sources, or of times with few articles and with many, compare
    badly; a period with less than five articles has a wide interval for good reason. Errors of the model that do not cancel
    out (see its card) move every period alike, so a turn can be trusted further than a level.

    Args:
        articles: `Article` objects, or dictionaries with the fields of one; `id` may be left out.
        by: "all" (one series), "conflict" and "source" (as the articles say), "country" (a sentence belongs to every state that
            it names) or "dyad" (every pair of states or armed groups that a signal sentence names; neutral sentences are left
            out).
        freq: "D", "W" (weeks begin on Monday) or "M".
        predictor: The model; None means the bundled one.
        weights: How much headline, lead and body count; None means the defaults of `Weights`.

    Returns:
        Columns: `series`; `period`, its first day; `articles`, distinct ones; `reports`, with their copies; `sentences`;
        `escalation`, `de_escalation`, `neutral`, sentences by label; `score`, the weighted mean of P(escalation) -
        P(de-escalation), with `score_low`, `score_high`; `index` with `index_low`, `index_high`; `smooth`, the index of E and D
        of all periods so far, halved in weight every three periods of the calendar; `change`, "up" or "down" at a change
        point (`escalate.changes`), else empty; `carriers`, the ids of the sentences that carry the change. Intervals are 95% of
        1000 draws of articles and of sentences within them, seeded. Periods without articles have no row: silence is not peace.

    Raises:
        DataError: If no article has a date, or none belongs to a series.
        ConfigError: If `by` or `freq` is unknown.
        MissingExtraError: If the extra "timeline" is not installed.
    """
    return build(articles, by, freq, predictor=predictor, weights=weights).periods


def build(
    articles: Iterable[Article | dict[str, Any]],
    by: str = "all",
    freq: str = "D",
    *,
    predictor: Predictor | None = None,
    weights: Weights | None = None,
) -> Timeline:
    """Make a time line with everything that it rests on; arguments and errors as in `timeline`.

    Args:
        articles: The articles.
        by: What the series stand for.
        freq: Length of a period.
        predictor: The model.
        weights: Of headline, lead and body.

    Returns:
        The time line.
    """
    _check(by, freq)
    require("timeline", "pandas", "ruptures", "datasketch")
    from escalate.readings import read

    listed = [
        article if isinstance(article, Article) else Article(**{"id": f"article-{number}", **article})
        for number, article in enumerate(articles, start=1)
    ]
    if predictor is None:
        from escalate.predict import Predictor

        predictor = Predictor.load()
    return of_readings(read(listed, predictor, weights), by, freq)


def of_readings(readings: Sequence[Reading], by: str = "all", freq: str = "D") -> Timeline:
    """Make a time line of articles that are read already; the same readings may be grouped in several ways.

    Args:
        readings: From `escalate.readings.read`.
        by: What the series stand for.
        freq: Length of a period.

    Returns:
        The time line.

    Raises:
        DataError: If no article has a date, or none belongs to a series.
        ConfigError: If `by` or `freq` is unknown.
    """
    _check(by, freq)
    sentences = _sentences(readings, by, freq)
    copies = {reading.article.id: len(reading.copies) for reading in readings}
    rows, changes = [], []
    for name, members in sentences.groupby("series", sort=True):
        series, found = _series(str(name), members, copies, freq)
        rows.extend(series)
        changes.extend(found)
    import pandas as pd

    undated = [id_ for reading in readings if not reading.article.date for id_ in (reading.article.id, *reading.copies)]
    return Timeline(tuple(readings), sentences, pd.DataFrame(rows), tuple(changes), tuple(undated), by, freq)


def _check(by: str, freq: str) -> None:
    problems = []
    if by not in GROUPINGS:
        problems.append(f"by={by!r} is not one of {', '.join(GROUPINGS)}")
    if freq not in FREQUENCIES:
        problems.append(f"freq={freq!r} is not one of {', '.join(FREQUENCIES)}")
    if problems:
        raise ConfigError("; ".join(problems))


def _sentences(readings: Sequence[Reading], by: str, freq: str) -> pd.DataFrame:
    import pandas as pd

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
        if reading.article.date
        for sentence in reading.sentences
        if sentence.copy_of is None
        for series in _names(reading.article, sentence, by)
    ]
    if not rows:
        dated = sum(bool(reading.article.date) for reading in readings)
        raise DataError(
            f"{dated} of {len(readings)} articles have a date, and none of their sentences belongs to a series by {by}; "
            "give ISO dates, or group otherwise"
        )
    frame = pd.DataFrame(rows)
    frame["period"] = pd.PeriodIndex(frame["period"], freq=freq).start_time
    return frame


def _names(article: Article, sentence: Sentence, by: str) -> list[str]:
    from escalate.actors import dyads

    if by == "country":
        return [actor.name for actor in sentence.actors if actor.kind == "state"]
    if by == "dyad":
        return dyads(sentence.actors) if sentence.prediction.label != NEUTRAL else []
    return {"all": ["all"], "conflict": [article.conflict or "unnamed"], "source": [article.source or "unnamed"]}[by]


def _series(name: str, members: pd.DataFrame, copies: dict[str, int], freq: str) -> tuple[list[dict[str, Any]], list[Change]]:
    import numpy as np
    import pandas as pd

    from escalate.changes import turns
    from escalate.intervals import SEED, clustered_sums

    rows: list[dict[str, Any]] = []
    errors: list[float] = []
    smooth, last = np.zeros(2), None
    for start, part in members.groupby("period", sort=True):
        heavy = part["weight"].to_numpy(dtype=float)
        signals = part[["escalation", "de_escalation"]].to_numpy(dtype=float)
        columns = np.column_stack([signals * heavy[:, None], heavy])
        drawn = clustered_sums(columns, part["article"].tolist(), [SEED, zlib.crc32(f"{name} {start}".encode())])
        sums, labels = columns.sum(axis=0), part["label"].value_counts()
        place = pd.Period(start, freq=freq).ordinal
        smooth = sums[:2] + (0 if last is None else smooth * 0.5 ** ((place - last) / HALF_LIFE))
        last = place
        ids = part["article"].unique()
        row = {
            "series": name,
            "period": start,
            "articles": len(ids),
            "reports": len(ids) + sum(copies[id_] for id_ in ids),
            "sentences": len(part),
            "escalation": int(labels.get(ESCALATION, 0)),
            "de_escalation": int(labels.get(DE_ESCALATION, 0)),
            "neutral": int(labels.get(NEUTRAL, 0)),
        }
        for measure, value, draws in (("score", _score(sums), _score(drawn)), ("index", _index(sums), _index(drawn))):
            low, high = np.quantile(draws, [0.025, 0.975])
            row |= {measure: float(value), f"{measure}_low": float(low), f"{measure}_high": float(high)}
        errors.append(float(_index(drawn).std()))
        rows.append({**row, "smooth": float(_index(smooth)), "change": "", "carriers": ""})
    changes = []
    for turn in turns(np.array([row["index"] for row in rows]), np.array(errors)):
        near = [row["period"] for row in rows[turn.place : turn.place + 2]]
        start = rows[turn.place]["period"].date().isoformat()
        change = Change(
            name, start, turn.before, turn.after, _carriers(members[members["period"].isin(near)], turn.after > turn.before)
        )
        rows[turn.place] |= {"change": change.direction, "carriers": " ".join(change.sentences)}
        changes.append(change)
    return rows, changes


def _index(sums: NDArray[np.float64]) -> Any:
    return 100 * (sums[..., 0] - sums[..., 1]) / (sums[..., 0] + sums[..., 1] + PRIOR)


def _score(sums: NDArray[np.float64]) -> Any:
    return (sums[..., 0] - sums[..., 1]) / sums[..., 2]


def _carriers(part: pd.DataFrame, up: bool) -> tuple[str, ...]:
    label, column = (ESCALATION, "escalation") if up else (DE_ESCALATION, "de_escalation")
    found = part[part["label"] == label].sort_values(column, ascending=False, kind="stable")
    return tuple(found["sentence"].head(CARRIERS))
