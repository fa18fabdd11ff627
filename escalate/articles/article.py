"""What an article is before anything is read into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date as calendar
from numbers import Real
from typing import Any, Final

from escalate.errors import DataError
from escalate.text import iso_day, split_date_line

FIELDS: Final = ("id", "text", "title", "date", "source", "url", "conflict")
_TIME: Final = re.compile(r"[T ].*", re.DOTALL)
_CLOCK: Final = re.compile(
    r"[T ]\s*(?P<time>(\d\d):(\d\d)(?::(\d\d(?:[.,]\d+)?))?\s*(?:Z|UTC|GMT|([+-]\d\d):?(\d\d)?)?)(?![\w:])", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"(\d{1,18})")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
# None, and what stands for it in pandas, which is not imported here.
_NOTHING: Final = frozenset({"NoneType", "NAType", "NaTType"})


@dataclass(frozen=True, slots=True)
class Article:
    """One article, as it was found.

    Attributes:
        id: Unique among the articles read together; names the article in every result.
        text: The text, with the date line if it has one.
        title: Headline; empty if unknown.
        date: ISO date ("2024-04-14"); None if unknown, and then the article stays out of time series.
        source: Who published it; empty if unknown.
        url: Its address; empty if unknown.
        conflict: The conflict it belongs to, where the user has said so; empty otherwise.
        time: Time of day of its date, as written ("08:30:00+02:00"); empty if unknown. It tells which of two articles of one
            day came first, and never moves the day.
    """

    id: str
    text: str
    title: str = ""
    date: str | None = None
    source: str = ""
    url: str = ""
    conflict: str = ""
    time: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, Any], name: str, where: str) -> Article:
        """Make an article of fields that somebody gives.

        Args:
            fields: `text`, and perhaps the others. None, NaN and NaT, as tables have them, mean unknown; an id may be a number.
                A date may be a string (`iso_date`), a `datetime.date`, a `datetime` or a time stamp of pandas; the last stand
                for the day that is written in them, whatever their time zone; their time of day is kept beside it. What it
                lacks is taken from an ISO date or time stamp (of the same day) that the text begins with.
            name: The id of an article without one.
            where: What to name in an error.

        Returns:
            The article; lone surrogates, which no file could hold, are replaced.

        Raises:
            DataError: If a field is unknown or of another type, there is no text, or the date is not ISO.
        """
        if unknown := [field for field in fields if field not in FIELDS]:
            raise DataError(f"{where}: unknown field {unknown[0]!r}; known are {', '.join(FIELDS)}")
        known = {field: value for field, value in fields.items() if not _is_nothing(value)}
        if "text" not in known:
            raise DataError(f"{where}: expected an object with 'text'; there are {', '.join(map(repr, known)) or 'no fields'}")
        if isinstance(known.get("id"), Real):
            known["id"] = str(known["id"])
        if isinstance(known.get("date"), calendar):  # a datetime and a time stamp of pandas are such, too
            known["date"] = known["date"].isoformat()
        for field, value in known.items():
            if not isinstance(value, str):
                raise DataError(f"{where}: field {field!r} must be a string, not {type(value).__name__}")
            known[field] = _SURROGATE.sub("\ufffd", value)
        begun, start = split_date_line(known["text"])
        day = iso_date(known.get("date"), where) or begun
        clock = _CLOCK.search(known.get("date", "")) or (_CLOCK.search(known["text"][:start]) if day == begun else None)
        return cls(**{**known, "id": known.get("id") or name, "date": day, "time": clock["time"] if clock else ""})


def distinct(found: Iterable[tuple[str, Article]]) -> list[Article]:
    """Return articles whose ids are all different.

    Args:
        found: What to name in an error, and the article.

    Returns:
        The articles in the same order.

    Raises:
        DataError: If two have the same id.
    """
    places: dict[str, str] = {}
    articles = []
    for where, article in found:
        if article.id in places:
            raise DataError(f"{where}: the same id {article.id!r} as {places[article.id]}; ids must be unique")
        places[article.id] = where
        articles.append(article)
    return articles


def sequence(article: Article) -> tuple[Any, ...]:
    """Return what sorts articles from the earliest to the latest, whatever order they are found in.

    Args:
        article: An article.

    Returns:
        A key: the day, articles without one last; the time of day, in UTC where a time zone is written, articles without one
        first; then what the article says, and last its id, numbers in it by their size.
    """
    said = (article.text, article.title, article.source, article.conflict, article.url)
    parts = enumerate(_NUMBER.split(article.id))
    return (article.date or "9999", _seconds(article.time), *said, [int(part) if n % 2 else part for n, part in parts])


def _seconds(time: str) -> float:
    """Return the seconds since the day began, in UTC; -infinity if unknown."""
    clock = _CLOCK.fullmatch(f"T{time}")
    if clock is None:
        return float("-inf")
    _, hours, minutes, seconds, zone, zone_minutes = clock.groups()
    away = int(zone or 0) * 60 + int(f"{(zone or '+')[0]}{zone_minutes or 0}")
    return (int(hours) * 60 + int(minutes) - away) * 60 + float((seconds or "0").replace(",", "."))


def iso_date(value: str | None, where: str) -> str | None:
    """Return the calendar day of an ISO date or time stamp.

    Args:
        value: "2024-04-14", or a time stamp that begins so, such as "2024-04-14T08:30:00Z"; None and blanks mean unknown.
        where: What to name in an error.

    Returns:
        The day as YYYY-MM-DD, or None. It is the day that the source has written: a time zone moves nothing.

    Raises:
        DataError: If the value is something else. "04/05/2024" is two different days: dates are not guessed.
    """
    if value is None or not value.strip():
        return None
    try:
        return iso_day(_TIME.sub("", value.strip()))
    except ValueError as error:
        raise DataError(f"{where}: expected an ISO 'date' such as 2024-04-14, not {value!r:.40}") from error


def _is_nothing(value: Any) -> bool:
    return type(value).__name__ in _NOTHING or (isinstance(value, float) and value != value)
