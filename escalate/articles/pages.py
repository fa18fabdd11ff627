"""Articles in web pages (trafilatura) and in RSS or Atom feeds (feedparser)."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

from escalate.articles.article import Article
from escalate.errors import DataError, require


def page(content: bytes, id_: str, url: str = "") -> Article:
    """Extract the article of a web page.

    The date is the one the page states in its metadata or markup; trafilatura's search for any date in the running text is
    switched off, since a date that is merely mentioned would put the article into the wrong day.

    Args:
        content: The page.
        id_: Id of the article.
        url: Where it came from.

    Returns:
        The article.

    Raises:
        DataError: If no article text is found.
        MissingExtraError: If trafilatura is not installed.
    """
    require("timeline", "trafilatura")
    import trafilatura

    extracted = trafilatura.bare_extraction(
        content,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    found: dict[str, Any] = {} if extracted is None else extracted if isinstance(extracted, dict) else extracted.as_dict()
    if not found.get("text"):
        raise DataError(f"{url or id_}: no article text found in the page")
    return Article(
        id=id_,
        # trafilatura gives a paragraph a line.
        text=found["text"].replace("\n", "\n\n"),
        title=found.get("title") or "",
        date=found.get("date"),
        source=found.get("sitename") or "",
        url=url or found.get("url") or "",
    )


def feed(content: bytes, id_: str) -> Iterator[Article]:
    """Read the entries of an RSS or Atom feed; the addresses in it are not followed.

    Args:
        content: The feed.
        id_: Begins the ids of its articles.

    Yields:
        One article an entry: its full content where the feed holds it, else its summary; dated in UTC.

    Raises:
        DataError: If this is no feed.
        MissingExtraError: If feedparser is not installed.
    """
    require("timeline", "feedparser", "lxml")
    import feedparser

    # A stream, never a string: feedparser would take a string for an address or the name of a file.
    parsed = feedparser.parse(io.BytesIO(content))
    if not parsed.version:
        raise DataError(f"{id_}: not an RSS or Atom feed")
    for number, entry in enumerate(parsed.entries, start=1):
        bodies = [body.value for body in entry.get("content", [])] or [entry.get("summary", "")]
        stamp = entry.get("published_parsed") or entry.get("updated_parsed")
        yield Article(
            id=f"{id_}-{number}",
            text="\n\n".join(filter(None, map(_plain, bodies))),
            title=_plain(entry.get("title", "")),
            date=time.strftime("%Y-%m-%d", stamp) if stamp else None,
            source=parsed.feed.get("title", ""),
            url=entry.get("link", ""),
        )


def _plain(markup: str) -> str:
    import lxml.html

    if not markup.strip():
        return ""
    tree = lxml.html.fragment_fromstring(markup, create_parent="div")
    blocks = [" ".join(block.text_content().split()) for block in tree.iter("p", "li", "h1", "h2", "h3")]
    return "\n\n".join(filter(None, blocks)) or " ".join(tree.text_content().split())
