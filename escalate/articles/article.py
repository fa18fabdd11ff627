"""What an article is before anything is read into it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date as calendar

from escalate.errors import DataError

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])")


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
    """

    id: str
    text: str
    title: str = ""
    date: str | None = None
    source: str = ""
    url: str = ""
    conflict: str = ""


def iso_date(value: str | None, where: str) -> str | None:
    """Return the calendar day of an ISO date or time stamp.

    Args:
        value: Such as "2024-04-14" or "2024-04-14T08:30:00Z"; None and blanks mean unknown.
        where: What to name in an error.

    Returns:
        The ISO date, or None. The day is the one that is written: a time zone moves nothing.

    Raises:
        DataError: If the value is something else. "04/05/2024" is two different days: dates are not guessed.
    """
    if value is None or not value.strip():
        return None
    found = _ISO_DATE.match(value.strip())
    try:
        return calendar.fromisoformat(found[0] if found else value).isoformat()
    except ValueError as error:
        raise DataError(f"{where}: expected an ISO 'date' such as 2024-04-14, not {value!r:.40}") from error
