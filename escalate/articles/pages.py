"""Articles in web pages (trafilatura) and in RSS or Atom feeds (feedparser)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from escalate.articles.article import Article
from escalate.articles.dates import published, stated
from escalate.errors import DataError, require

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_BLOCKS: Final = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote br caption center dd details div dl dt fieldset figcaption figure footer form "
        "h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table td th tr ul",
    )
)
_UNREAD: Final = frozenset({"script", "style", "template"})
_FEED_END: Final = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)


def page(content: bytes, id_: str, url: str = "") -> Article:
    """Extract the article of a web page.

    The date is the one the page states (`dates.published`). trafilatura's own search is not used: it also takes a picture's
    address, another story's day or "04/05/2024" for one, which would put the article into the wrong day.

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

    tree = trafilatura.load_html(content)
    if tree is None:
        raise DataError(f"{url or id_}: no article text found in the page")
    date = published(tree)
    extracted = trafilatura.bare_extraction(
        tree,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        date_extraction_params={"extensive_search": False},
    )
    found: dict[str, Any] = {} if extracted is None else extracted if isinstance(extracted, dict) else extracted.as_dict()
    if not found.get("text"):
        raise DataError(f"{url or id_}: no article text found in the page")
    fields = {
        # trafilatura gives a paragraph a line.
        "text": found["text"].replace("\n", "\n\n"),
        "title": found.get("title"),
        "date": date,
        "source": found.get("sitename"),
        "url": url or found.get("url"),
    }
    return Article.of(fields, id_, url or id_)


def feed(content: bytes, id_: str, where: str) -> Iterator[Article]:
    """Read the entries of an RSS or Atom feed; the addresses in it are not followed.

    Args:
        content: The feed.
        id_: Begins the ids of its articles.
        where: What to name in an error.

    Yields:
        One article an entry: its full content where the feed holds it, else its summary. Its day is the one that the feed has
        written, whatever the time zone; None of a date that lacks year, month or day, or has two senses (`dates.stated`).

    Raises:
        DataError: If this is no feed, or one that breaks off.
        MissingExtraError: If feedparser is not installed.
    """
    require("timeline", "feedparser", "lxml")
    import feedparser

    # A stream, never a string: feedparser would take a string for an address or the name of a file.
    parsed = feedparser.parse(io.BytesIO(content))
    if not parsed.version:
        raise DataError(f"{where}: not an RSS or Atom feed")
    # UTF-16 writes a zero beside each letter of a tag.
    if parsed.bozo and not _FEED_END.search(content.replace(b"\0", b"")):
        raise DataError(f"{where}: the feed breaks off before its end; fetch it again")
    for number, entry in enumerate(parsed.entries, start=1):
        bodies = [body.value for body in entry.get("content", [])] or [entry.get("summary", "")]
        fields = {
            "text": "\n\n".join(filter(None, map(_plain, bodies))),
            "title": " ".join(_plain(entry.get("title", "")).split()),
            "date": next(filter(None, (stated(str(entry[name])) for name in ("published", "updated") if name in entry)), None),
            "source": parsed.feed.get("title", ""),
            "url": entry.get("link", ""),
        }
        yield Article.of(fields, f"{id_}-{number}", f"{where}: entry {number}")


def _plain(markup: str) -> str:
    import lxml.html

    if not markup.strip():
        return ""
    text = "".join(_pieces(lxml.html.fragment_fromstring(markup, create_parent="div")))
    return "\n\n".join(" ".join(block.split()) for block in text.split("\n") if block.strip())


def _pieces(node: HtmlElement) -> Iterator[str]:
    """Yield the text in an element, each piece once, and a line end at every border of a paragraph."""
    # A comment's tag is a function.
    if not isinstance(node.tag, str) or node.tag in _UNREAD:
        return
    border = "\n" if node.tag in _BLOCKS else ""
    yield border + _one_line(node.text)
    for child in node:
        yield from _pieces(child)
        yield _one_line(child.tail)
    yield border


def _one_line(text: str | None) -> str:
    return re.sub(r"\s", " ", text or "")
