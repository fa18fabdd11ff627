"""When a web page or a feed says that an article was published: read where it is written, never guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_YEAR_FIRST: Final = re.compile(r"\s*(\d{4})([-/]?)(\d\d)\2(\d\d)(?!\d)")
_MONTH: Final = re.compile(r"(?<![^\W\d_])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
# Whatever a date lacks is taken from these, and so differs; seconds that are not written are none.
_FILLINGS: Final = (datetime(2000, 1, 1), datetime(2001, 2, 2, 1, 1))
# Hours from UTC of the zones that feeds may name (RFC 5322, 4.3).
_ZONES: Final = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_SECONDS_OF_A_DAY: Final = 86_400
_LONGEST: Final = 100

# Names of <meta> for the day of publication, the plainest first.
_NAMES: Final = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "article:published",
    "article.published",
    "rnews:datepublished",
    "citation_publication_date",
    "citation_date",
    "dcterms.issued",
    "dc.date.issued",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "bt:pubdate",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "date",
    "dcterms.created",
    "dc.date.created",
    "dcterms.date",
    "dc.date",
)
# What stands beside an article, or links to others: their days are not its own.
_ELSEWHERE: Final = re.compile(r"relat|recommend|promo|teaser|sidebar|read-?more|more-|most-|trending|latest", re.IGNORECASE)
# The day of a change, unless the same element is marked as that of publication too.
_CHANGED: Final = re.compile(r"^(?!.*publish).*(?:updated|modified)", re.IGNORECASE | re.DOTALL)
_ASIDE: Final = frozenset({"a", "aside", "footer", "li", "nav"})


def stated(written: str) -> date | None:
    """Read a date of which year, month and day are written, and in one sense only.

    Args:
        written: Such as "2024-04-14", "20240414T083000Z", "2024/04/14 08:30" or, with a month's name, "14 Apr 2024 08:30 EST".

    Returns:
        The day as it is written, whatever the time zone; a `datetime` where hour and minute are written too. None for anything
        else: "04/05/2024" is two different days, "2024-04" none.
    """
    if match := _YEAR_FIRST.match(written):
        try:
            day = date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            return None
        moment = _agreed(_parsed(written[:_LONGEST]))
        return moment if moment and _day(moment) == day else day
    return _agreed(_parsed(written)) if len(written) <= _LONGEST and _MONTH.search(written) else None


def _agreed(moments: Iterable[date]) -> date | None:
    """Return the moment if all are the same, else their day; None if they are of several days, or there is none."""
    found = set(moments)
    days = set(map(_day, found))
    if len(days) != 1:
        return None
    return found.pop() if len(found) == 1 else days.pop()


def _parsed(written: str) -> set[datetime]:
    """Return what a date may mean, filled up in two ways; nothing if it cannot be read."""
    from dateutil.parser import parse

    try:
        return {parse(written, default=filling, tzinfos=_zone) for filling in _FILLINGS}
    except (ValueError, OverflowError):
        return set()


def _zone(name: str | None, seconds: int | None) -> timezone | None:
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    return timezone(timedelta(seconds=seconds)) if seconds is not None and abs(seconds) < _SECONDS_OF_A_DAY else None


def _day(moment: date) -> date:
    return date(moment.year, moment.month, moment.day)


def published(tree: HtmlElement) -> date | None:
    """Return when a page says that its article was published.

    That is `datePublished` of JSON-LD (schema.org), a `<meta>` of one of the usual names, or a `<time>` within the page's only
    `<article>`, in this order; of several in one place, only if they agree. Addresses, pictures and what stands beside the
    article date nothing, nor does a date in the running text or the day of a later change.

    Args:
        tree: The page.

    Returns:
        The day as it is written, whatever the time zone, a `datetime` where the page states one time; None if it states no day.
    """
    found = (_only(places) for places in (_in_json(tree), *_in_meta(tree), _in_article(tree)))
    return next(filter(None, found), None)


def _only(places: Iterable[Any]) -> date | None:
    return _agreed(filter(None, map(stated, map(str, places))))


def _in_json(tree: HtmlElement) -> Iterator[Any]:
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            found = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for item in found if isinstance(found, list) else [found]:
            graph = item.get("@graph") if isinstance(item, dict) else None
            for node in graph if isinstance(graph, list) else [item]:
                if isinstance(node, dict):
                    yield node.get("datePublished", "")


def _in_meta(tree: HtmlElement) -> Iterator[list[str]]:
    written: dict[str, list[str]] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        for name in {meta.get(key, "").lower() for key in ("property", "name", "itemprop")}:
            written.setdefault(name, []).append(meta.get("content"))
    return (written.get(name, []) for name in _NAMES)


def _in_article(tree: HtmlElement) -> Iterator[str]:
    articles = [found for found in tree.iterfind(".//article") if not any(map(_is_elsewhere, _within(found, "body")))]
    if len(articles) != 1:
        return
    for time in articles[0].iterfind(".//time"):
        changed = _CHANGED.match(f"{time.get('class', '')} {time.get('itemprop', '')}")
        if not changed and not any(map(_is_elsewhere, _within(time, "article"))):
            yield time.get("datetime") or time.text_content()


def _within(element: HtmlElement, border: str) -> Iterator[HtmlElement]:
    """Yield an element and those around it, up to the next one of a kind."""
    yield element
    yield from takewhile(lambda around: around.tag != border, element.iterancestors())


def _is_elsewhere(element: HtmlElement) -> bool:
    return element.tag in _ASIDE or _ELSEWHERE.search(f"{element.get('class', '')} {element.get('id', '')}") is not None
