"""From articles to a time line: is it getting worse, between whom, since when, and which sentences say so?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from escalate.articles.article import FIELDS, Article, distinct
from escalate.errors import BundleError, ConfigError, DataError, require
from escalate.labels import DE_ESCALATION, ESCALATION

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from escalate.copies import Watch
    from escalate.predict import Predictor
    from escalate.readings import Reading, Weights
    from escalate.series import Change

# What is heavy (numpy, pandas) is imported when a time line is made: `import escalate` stays cheap.

GROUPINGS: Final = ("all", "conflict", "country", "dyad", "source")
FREQUENCIES: Final = {"D": "day", "W": "week", "M": "month"}
FIRST_YEAR: Final = 1700
LAST_YEAR: Final = 2199


@dataclass(frozen=True, slots=True)
class Timeline:
    """A time line and everything that it rests on.

    Attributes:
        readings: The articles, copies collapsed: within each series by conflict and by source, among all otherwise.
        sentences: One row for each sentence and series it belongs to: `series`, `period`, `article`, `sentence` (id), `label`,
            `escalation`, `de_escalation` (probabilities), `weight`.
        periods: One row for each series and period; see `timeline`.
        changes: The change points, by series and date.
        undated: Ids of the articles that have no date and are in no series, copies included.
        foreign: Ids of the articles in another language than English, which the models do not know; in no series either.
        by: What the series stand for.
        frequency: "D", "W" or "M".
    """

    readings: tuple[Reading, ...]
    sentences: pd.DataFrame
    periods: pd.DataFrame
    changes: tuple[Change, ...]
    undated: tuple[str, ...]
    foreign: tuple[str, ...]
    by: str
    frequency: str


def timeline(
    articles: Iterable[Article | Mapping[str, Any]],
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
    badly. A period with one article has no interval, for nothing tells how much another article would have said; with less than
    five it is rough, and rather too narrow than too wide. Errors of the model that do not cancel
    out (see its card) move every period alike, so a turn can be trusted further than a level.

    Args:
        articles: `Article` objects, or dictionaries with the fields of one; all but `text` may be left out, None or NaN. Dates
            may be strings, dates and time stamps, see `Article.of`; without one, an ISO date that begins the text counts. Their
            order changes nothing.
        by: "all" (one series), "conflict" and "source" (as the articles say), "country" (a sentence belongs to every state that
            it names) or "dyad" (every pair of states or armed groups that a signal sentence names; neutral sentences are left
            out).
        freq: "D", "W" (weeks begin on Monday) or "M".
        predictor: The model; None means the bundled one.
        weights: How much headline, lead and body count; None means the defaults of `Weights`.

    Returns:
        Columns: `series`; `period`, its first day; `articles`, distinct ones; `reports`, these and the articles of this period
        that copy an article, or a sentence, of the series (copies are sought within each series by "conflict" and "source",
        among all articles otherwise; the earliest is the one that is read); `sentences`; `escalation`, `de_escalation`,
        `neutral`, sentences by label; `score`, the weighted mean of P(escalation) - P(de-escalation), with `score_low`,
        `score_high`; `index` with `index_low`, `index_high`; `smooth`, the index of E and D of all periods so far, halved in
        weight every three periods of the calendar; `change`, "up" or "down" at a change point (`escalate.changes`), else empty;
        `carriers`, there the ids of the sentences that carry it as a JSON list, else empty. Intervals are 95% of 1000 draws of
        articles and of sentences within them, seeded; NaN where there is one article alone, or all draws are equal. Periods
        without sentences of their own have no row: silence is not peace. Articles without a date or in another language than
        English are in no series.

    Raises:
        DataError: If no English article has a date, or none belongs to a series; or, naming the article, if a field is unknown
            or of a wrong type, a date is not ISO or outside of 1700 to 2199, or two ids are the same.
        TypeError: If the articles are a table, a string or of another type.
        ConfigError: If `by` or `freq` is unknown.
        BundleError: If the model knows other labels than escalation and de-escalation.
        MissingExtraError: If the extra "timeline" is not installed.
    """
    return build(articles, by, freq, predictor=predictor, weights=weights).periods


def build(
    articles: Iterable[Article | Mapping[str, Any]],
    by: str = "all",
    freq: str = "D",
    *,
    predictor: Predictor | None = None,
    weights: Weights | None = None,
    watch: Watch | None = None,
) -> Timeline:
    """Make a time line with everything that it rests on; arguments and errors as in `timeline`.

    Args:
        articles: The articles.
        by: What the series stand for.
        freq: Length of a period.
        predictor: The model.
        weights: Of headline, lead and body.
        watch: Called again and again, with the number of sentences so far (those of copies too) while articles are split and
            copies sought, then with that of the rows of `Timeline.sentences`; what it raises ends the work. None: nothing is
            called.

    Returns:
        The time line.
    """
    _check(by, freq)
    require("timeline", "pandas", "ruptures")
    from escalate.readings import APART, read

    listed = distinct(_checked(article, number) for number, article in enumerate(_listed(articles), start=1))
    if predictor is None:
        from escalate.predict import Predictor

        predictor = Predictor.load()
    if not {ESCALATION, DE_ESCALATION} <= set(predictor.labels):
        raise BundleError(
            f"a time line needs the labels {ESCALATION!r} and {DE_ESCALATION!r}; this bundle has {', '.join(predictor.labels)}"
        )
    return of_readings(read(listed, predictor, weights, by if by in APART else None, watch), by, freq, watch)


def of_places(
    places: Iterable[str | Path],
    by: str = "all",
    freq: str = "D",
    *,
    allow_network: bool = False,
    weights: Weights | None = None,
    bundle: str = "small",
) -> Timeline:
    """Make a time line of files, folders, globs, addresses and standard input; errors as in `read_articles` and `timeline`.

    Args:
        places: What `escalate.articles.files.read_articles` takes.
        by: What the series stand for.
        freq: Length of a period.
        allow_network: Whether addresses may be fetched.
        weights: Of headline, lead and body.
        bundle: Name of a bundle in the package, or a path.

    Returns:
        The time line.
    """
    from escalate.articles.files import read_articles
    from escalate.predict import Predictor

    _check(by, freq)
    return build(read_articles(places, allow_network), by, freq, predictor=Predictor.load(bundle), weights=weights)


def of_readings(readings: Sequence[Reading], by: str = "all", freq: str = "D", watch: Watch | None = None) -> Timeline:
    """Make a time line of articles that are read already.

    Args:
        readings: From `escalate.readings.read`; for series by conflict or source with `apart`, for all others without.
        by: What the series stand for.
        freq: Length of a period.
        watch: As of `build`.

    Returns:
        The time line.

    Raises:
        DataError: If no English article has a date, or none belongs to a series.
        ConfigError: If `by` or `freq` is unknown, or copies were sought otherwise than these series need it.
    """
    _check(by, freq)
    import pandas as pd

    from escalate.readings import APART
    from escalate.series import course, members, reports

    apart = by if by in APART else None
    if any(reading.apart != apart for reading in readings):
        raise ConfigError(f"these articles were read for other series; for series by {by} read them with apart={apart!r}")

    sentences = members(readings, by, freq, watch)
    copies = reports(readings, freq)
    rows, changes = [], []
    for name, part in sentences.groupby("series", sort=True):
        found, turned = course(str(name), part, copies, freq, watch)
        rows.extend(found)
        changes.extend(turned)
    undated = tuple(reading.article.id for reading in readings if not reading.article.date)
    foreign = tuple(reading.article.id for reading in readings if reading.language)
    return Timeline(tuple(readings), sentences, pd.DataFrame(rows), tuple(changes), undated, foreign, by, freq)


def _listed(given: Iterable[Article | Mapping[str, Any]]) -> Iterable[Article | Mapping[str, Any]]:
    kind = type(given).__name__
    if hasattr(type(given), "columns"):
        raise TypeError(f"expected a list of articles, not a {kind}; pass its rows, for pandas table.to_dict('records')")
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise TypeError(f"expected a list of articles, not {kind}; pass dictionaries, as in [{{'text': ..., 'date': ...}}]")
    return given


def _checked(given: Article | Mapping[str, Any], number: int) -> tuple[str, Article]:
    where = f"article {number}"
    if not isinstance(given, (Article, Mapping)):
        raise TypeError(f"{where} is of type {type(given).__name__}; pass an Article or a dictionary with 'text' and 'date'")
    fields = {name: getattr(given, name) for name in FIELDS} if isinstance(given, Article) else given
    article = Article.of(fields, f"article-{number}", where)
    if isinstance(given, Article) and given.time:
        article = replace(article, time=given.time)
    if article.date and not FIRST_YEAR <= int(article.date[:4]) <= LAST_YEAR:
        raise DataError(f"{where}: the date {article.date} lies outside of {FIRST_YEAR} to {LAST_YEAR}; correct or remove it")
    return where, article


def _check(by: str, freq: str) -> None:
    problems = []
    if by not in GROUPINGS:
        problems.append(f"by={by!r} is not one of {', '.join(GROUPINGS)}")
    if freq not in FREQUENCIES:
        problems.append(f"freq={freq!r} is not one of {', '.join(FREQUENCIES)}")
    if problems:
        raise ConfigError("; ".join(problems))
