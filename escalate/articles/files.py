"""Articles from files, folders, globs, standard input and, when allowed, addresses."""

from __future__ import annotations

import csv
import glob
import io
import json
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from escalate.articles.article import FIELDS, Article, distinct
from escalate.articles.pages import feed, page
from escalate.delimiter import DELIMITERS, columns_of, separated
from escalate.errors import ConfigError, DataError, require
from escalate.folders import in_folder, is_folder, matching

logger = logging.getLogger(__name__)

# The most that fits a C long everywhere; what is read lies in memory already.
_LONGEST_FIELD: Final = 2**31 - 1

_ARRAY: Final = re.compile(rb"\[\s*\{")
_ADDRESS: Final = ("http://", "https://")

Found = tuple[str, Article]
"""Where an article lies, to be named in an error, and the article."""


def read_articles(places: str | Path | Iterable[str | Path], allow_network: bool = False) -> list[Article]:
    """Read articles.

    Args:
        places: Files (.txt, .html, .htm, .jsonl, .csv, .tsv, and .xml, .rss, .atom for feeds), folders that are searched for
            such files at any depth (hidden ones are passed over; how many of other kinds were is logged), globs of both, "-"
            for standard input, and http or https addresses. The rows of .jsonl, .csv (also with semicolons or tabs) and .tsv
            have the field `text` and perhaps `id`, `date`, `title`, `source`, `url` and `conflict`, also in capitals.
        allow_network: Whether addresses may be fetched.

    Returns:
        The articles in the order of the places, files of a folder sorted by name. Those without an id have the name of their
        file, or as much of its path as tells it apart from the others. A date comes from the row, the page's
        metadata or the feed, else from an ISO date that the text begins with. Of a time stamp the day counts that its
        source has written: a time zone moves nothing.

    Raises:
        DataError: If a file cannot be read or is of an unknown kind, an address cannot be fetched, or two articles have the
            same id; names the file and the row.
        ConfigError: If there is an address among the places and the network is not allowed.
    """
    return distinct(_all(places, allow_network))


def read_article(place: str | Path) -> Article:
    """Read a place that holds one article.

    Args:
        place: A file or "-" for standard input. What a file without a known suffix holds is told by its first characters.

    Returns:
        The article.

    Raises:
        DataError: If it cannot be read, or holds no article or several.
        MissingExtraError: If it is a page or feed and the extra "timeline" is not installed.
    """
    path = Path(place)
    if str(place) == "-":
        found = _sniffed(sys.stdin.buffer.read(), "standard input")
    elif path.suffix.lower() in _READERS:
        found = _file(path, path.stem)
    else:
        found = _sniffed(_content(path), str(path))
    articles = [article for _, article in islice(found, 2)]
    if len(articles) != 1:
        raise DataError(
            f"{place}: {'several articles' if articles else 'no article'}; `escalate timeline` reads tables and feeds"
        )
    return articles[0]


def _all(places: str | Path | Iterable[str | Path], allow_network: bool) -> Iterator[Found]:
    given = [str(place) for place in ([places] if isinstance(places, (str, Path)) else places)]
    files = {place: _files(place) for place in given if place != "-" and not place.startswith(_ADDRESS)}
    names = _names([found for inside in files.values() for found in inside])
    for place in given:
        if place == "-":
            yield from _sniffed(sys.stdin.buffer.read(), "stdin")
        elif place.startswith(_ADDRESS):
            if not allow_network:
                raise ConfigError(f"{place} is an address, and nothing is fetched without --allow-network")
            require("timeline", "httpx")
            from escalate.articles.web import fetch

            yield from _sniffed(fetch(place), place)
        else:
            for file, _ in files[place]:
                yield from _file(file, names[file])


def _files(place: str) -> list[tuple[Path, Path]]:
    """Return the files of a place, and each one's path within it."""
    path = Path(place)
    if not place:
        raise DataError("an empty name stands for no file; the folder one works in is .")
    others: set[Path] = set()

    def wanted(file: Path) -> bool:
        known = file.suffix.lower() in _READERS
        others.update([] if known else [file])
        return known

    if is_folder(path):
        found = in_folder(path, wanted=wanted)
        if not found:
            raise DataError(f"{place}: no file of a known kind ({', '.join(_READERS)})")
    elif not os.path.lexists(path) and glob.has_magic(place):
        found = matching(place, wanted=wanted)
        if not found:
            raise DataError(f"{place}: no file matches")
    else:
        return [(path, Path(path.name))]
    if others:
        counts = Counter(file.suffix or "without suffix" for file in others)
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))
        logger.warning("%s: files of other kinds are passed over: %s", place, kinds)
    return list(found.items())


def _names(files: list[tuple[Path, Path]]) -> dict[Path, str]:
    """Name each file as shortly as tells it apart: by its path within its place or as given, without its suffix or with it."""
    names: dict[Path, str] = {}
    for as_given, suffix in ((False, False), (False, True), (True, False), (True, True)):
        left = {file: file if as_given else within for file, within in files if file not in names}
        called = {file: (path if suffix else path.with_suffix("")).as_posix() for file, path in left.items()}
        # A file that is given twice, in two ways of writing, keeps one name, and so is found out.
        counts = Counter(name for name, _ in {(name, os.path.realpath(file)) for file, name in called.items()})
        names |= {file: name for file, name in called.items() if counts[name] == 1}
    return names


def _file(file: Path, name: str) -> Iterator[Found]:
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise DataError(f"{file}: unknown kind of file; known are {', '.join(_READERS)}")
    return reader(_content(file), name, str(file))


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from error


def _sniffed(content: bytes, name: str) -> Iterator[Found]:
    """Read content that has no file name: its first characters tell its kind."""
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"{"):
        return _json_lines(content, name, name)
    if _ARRAY.match(start):
        raise DataError(f"{name}: a JSON array; write each object on a line of its own (JSON Lines)")
    if start.startswith((b"<?xml", b"<rss", b"<feed", b"<rdf")) and any(m in start for m in (b"<rss", b"<feed", b"<rdf")):
        return _feed(content, name, name)
    if start.startswith(b"<"):
        return iter([(name, page(content, name, url=name if "://" in name else ""))])
    if _is_header(start.decode("utf-8", "replace").partition("\n")[0].rstrip("\r")):
        return _csv(content, name, name)
    return _text(content, name, name)


def _is_header(line: str) -> bool:
    """Tell the first line of a table with the column "text" from a line of prose, which has spaces and names no other field."""
    tables = [columns_of(line, delimiter) for delimiter in DELIMITERS]
    known = [{column.strip() for column in columns} & {*FIELDS} for columns in tables]
    return line.startswith("sep=") or any(
        "text" in fields and (len(fields) > 1 or not re.search(r"\s", "".join(columns)))
        for fields, columns in zip(known, tables, strict=True)
    )


def _decoded(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not UTF-8 at byte {error.start}; convert the file to UTF-8") from error


def _text(content: bytes, name: str, where: str) -> Iterator[Found]:
    yield where, Article.of({"text": _decoded(content, where)}, name, where)


def _html(content: bytes, name: str, where: str) -> Iterator[Found]:
    try:
        yield where, page(content, name)
    except DataError as error:
        raise DataError(f"{where}: no article text found in the page") from error


def _feed(content: bytes, name: str, where: str) -> Iterator[Found]:
    for number, article in enumerate(feed(content, name, where), start=1):
        yield f"{where}: entry {number}", article


def _json_lines(content: bytes, name: str, where: str) -> Iterator[Found]:
    for number, line in enumerate(_decoded(content, where).split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DataError(f"{where}:{number}: expected an object with 'text', found no JSON: {error}") from error
            if not isinstance(row, dict):
                raise DataError(f"{where}:{number}: expected an object with 'text', not {type(row).__name__}")
            yield _row(row, f"{name}-{number}", f"{where}:{number}")


def _csv(content: bytes, name: str, where: str) -> Iterator[Found]:
    csv.field_size_limit(_LONGEST_FIELD)
    delimiter, lines, _ = separated(iter(io.StringIO(_decoded(content, where), newline="")), ["text"])
    rows = csv.DictReader(lines, delimiter=delimiter, strict=True)
    try:
        if rows.fieldnames and "text" not in _columns(rows.fieldnames):
            present = ", ".join(map(repr, rows.fieldnames))
            raise DataError(f"{where}: no column 'text'; there are {present} (separated by {delimiter!r})")
        for number, row in enumerate(rows, start=1):
            if None in row or None in row.values():
                raise DataError(f"{where}: row {number} has more or fewer fields than the header; check its quotes")
            yield _row(row, f"{name}-{number}", f"{where}: row {number}")
    except csv.Error as error:
        raise DataError(f"{where}: not a readable table: {error}") from error


def _row(row: dict[str, Any], name: str, where: str) -> Found:
    columns = _columns(row)
    if "text" not in columns:
        raise DataError(f"{where}: expected an object with 'text'; there are {', '.join(map(repr, row))}")
    return where, Article.of({field: row[columns[field]] for field in FIELDS if field in columns}, name, where)


def _columns(names: Iterable[str]) -> dict[str, str]:
    """Return the name that each field has in a table: its own, or one that differs in capitals and space around it alone."""
    names = list(names)
    return {name.strip().lower(): name for name in names} | {name: name for name in names}


_READERS: Final[dict[str, Callable[[bytes, str, str], Iterator[Found]]]] = {
    ".txt": _text,
    ".html": _html,
    ".htm": _html,
    ".jsonl": _json_lines,
    ".csv": _csv,
    ".tsv": _csv,
    ".xml": _feed,
    ".rss": _feed,
    ".atom": _feed,
}
