"""Articles from files, folders, globs, standard input and, when allowed, addresses."""

from __future__ import annotations

import csv
import glob
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from escalate.articles.article import Article, iso_date
from escalate.articles.pages import feed, page
from escalate.errors import ConfigError, DataError, require
from escalate.text import split_date_line

_FIELDS: Final = ("title", "source", "url", "conflict")


def read_articles(places: Iterable[str | Path], allow_network: bool = False) -> list[Article]:
    """Read articles.

    Args:
        places: Files (.txt, .html, .htm, .jsonl, .csv, and .xml, .rss, .atom for feeds), folders that are searched for such
            files, globs, "-" for standard input, and http or https addresses. The rows of .jsonl and .csv have the field
            `text` and perhaps `id`, `date`, `title`, `source`, `url` and `conflict`.
        allow_network: Whether addresses may be fetched.

    Returns:
        The articles in the order of the places, files of a folder sorted by name. A date comes from the row, the page's
        metadata or an ISO date on the text's first line, in this order.

    Raises:
        DataError: If a file cannot be read or is of an unknown kind, an address cannot be fetched, or two articles have the
            same id; names the file and the row.
        ConfigError: If there is an address among the places and the network is not allowed.
    """
    found: dict[str, Article] = {}
    for article in _all(places, allow_network):
        if article.id in found:
            raise DataError(f"two articles have the id {article.id!r}; rename one, or give the folder that holds both")
        found[article.id] = article
    return list(found.values())


def _all(places: Iterable[str | Path], allow_network: bool) -> Iterator[Article]:
    for place in map(str, places):
        if place == "-":
            yield from map(_dated, _sniffed(sys.stdin.buffer.read(), "stdin"))
        elif place.startswith(("http://", "https://")):
            if not allow_network:
                raise ConfigError(f"{place} is an address, and nothing is fetched without --allow-network")
            require("timeline", "httpx")
            from escalate.articles.web import fetch

            yield from map(_dated, _sniffed(fetch(place), place))
        else:
            for file, name in _files(place):
                yield from map(_dated, _file(file, name))


def _files(place: str) -> Iterator[tuple[Path, str]]:
    path = Path(place)
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in _READERS and file.is_file())
        if not inside:
            raise DataError(f"{place}: no file of a known kind ({', '.join(_READERS)})")
        yield from ((file, file.relative_to(path).with_suffix("").as_posix()) for file in inside)
    elif not path.exists() and glob.has_magic(place):
        matches = sorted(Path(name) for name in glob.glob(place, recursive=True))  # noqa: PTH207 (Path takes no absolute pattern)
        if not matches:
            raise DataError(f"{place}: no file matches")
        yield from ((file, file.stem) for file in matches if file.is_file())
    else:
        yield path, path.stem


def _file(file: Path, name: str) -> Iterator[Article]:
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise DataError(f"{file}: unknown kind of file; known are {', '.join(_READERS)}")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from error
    return reader(content, name, str(file))


def _sniffed(content: bytes, name: str) -> Iterator[Article]:
    """Read content that has no file name: its first characters tell its kind."""
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"{"):
        return _json_lines(content, name, name)
    if start.startswith((b"<?xml", b"<rss", b"<feed", b"<rdf")) and any(m in start for m in (b"<rss", b"<feed", b"<rdf")):
        return feed(content, name)
    if start.startswith(b"<"):
        return iter([page(content, name, url=name if "://" in name else "")])
    return _text(content, name, name)


def _dated(article: Article) -> Article:
    return article if article.date else replace(article, date=split_date_line(article.text)[0])


def _decoded(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not UTF-8 at byte {error.start}; convert the file to UTF-8") from error


def _text(content: bytes, name: str, where: str) -> Iterator[Article]:
    yield Article(id=name, text=_decoded(content, where))


def _html(content: bytes, name: str, where: str) -> Iterator[Article]:
    try:
        yield page(content, name)
    except DataError as error:
        raise DataError(f"{where}: no article text found in the page") from error


def _feed(content: bytes, name: str, where: str) -> Iterator[Article]:
    try:
        yield from feed(content, name)
    except DataError as error:
        raise DataError(f"{where}: not an RSS or Atom feed") from error


def _json_lines(content: bytes, name: str, where: str) -> Iterator[Article]:
    for number, line in enumerate(_decoded(content, where).split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"{where}:{number}: expected an object with 'text', found no JSON: {error}") from error
            if not isinstance(row, dict):
                raise DataError(f"{where}:{number}: expected an object with 'text', not {type(row).__name__}")
            yield _row(row, f"{name}-{number}", f"{where}:{number}")


def _csv(content: bytes, name: str, where: str) -> Iterator[Article]:
    csv.field_size_limit(sys.maxsize)
    rows = csv.DictReader(io.StringIO(_decoded(content, where), newline=""), strict=True)
    try:
        for number, row in enumerate(rows, start=1):
            if None in row or None in row.values():
                raise DataError(f"{where}: row {number} has more or fewer fields than the header; check its quotes")
            yield _row(row, f"{name}-{number}", f"{where}: row {number}")
    except csv.Error as error:
        raise DataError(f"{where}: not a readable table: {error}") from error


def _row(row: dict[str, Any], name: str, where: str) -> Article:
    if "text" not in row:
        raise DataError(f"{where}: expected an object with 'text'; there are {', '.join(map(repr, row))}")
    for field in ("text", "date", *_FIELDS):
        value = row.get(field)
        if not (isinstance(value, str) or (value is None and field != "text")):
            raise DataError(f"{where}: field {field!r} must be a string, not {type(value).__name__}")
    return Article(
        id=str(row.get("id") or name),
        text=row["text"],
        date=iso_date(row.get("date"), where),
        **{field: row.get(field) or "" for field in _FIELDS},
    )


_READERS: Final[dict[str, Callable[[bytes, str, str], Iterator[Article]]]] = {
    ".txt": _text,
    ".html": _html,
    ".htm": _html,
    ".jsonl": _json_lines,
    ".csv": _csv,
    ".xml": _feed,
    ".rss": _feed,
    ".atom": _feed,
}
