"""A user's own articles as unlabelled sentences: .txt, .html (trafilatura) and .jsonl."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date as calendar
from pathlib import Path
from typing import Any, Final

from escalate.data.duplicates import near_duplicates
from escalate.data.sources import Document
from escalate.errors import DataError
from escalate.text import normalise, sentences, split_date_line

SAME: Final = 0.7


def ingest(places: Sequence[Path]) -> tuple[list[dict[str, Any]], int]:
    """Split articles into sentences and drop near-duplicates.

    Args:
        places: Files, or folders that are searched for .txt, .html, .htm and .jsonl files.

    Returns:
        Rows with "id", "article_id", "position", "date" (None if unknown), "title" and "text", and the number of sentences
        dropped because an earlier one says nearly the same.

    Raises:
        DataError: If a file cannot be read, or is of an unknown kind, or two articles have the same id.
    """
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    for document in _documents(places):
        if document.id in seen:
            raise DataError(f"two articles have the id {document.id!r}; rename one")
        seen.add(document.id)
        found, start = split_date_line(document.text)
        for position, span in enumerate(sentences(document.text, start)):
            rows.append(
                {
                    "id": f"{document.id}/{position}",
                    "article_id": document.id,
                    "position": position,
                    "date": document.date or found,
                    "title": document.title,
                    "text": normalise(document.text[span.start : span.end]),
                }
            )
    doubled = {pair.second for pair in near_duplicates([row["text"] for row in rows], SAME)}
    return [row for number, row in enumerate(rows) if number not in doubled], len(doubled)


def _documents(places: Iterable[Path]) -> Iterator[Document]:
    for place in places:
        if place.is_dir():
            files = sorted(file for file in place.rglob("*") if file.suffix.lower() in _READERS)
            if not files:
                raise DataError(f"{place}: no file of a known kind ({', '.join(_READERS)})")
        else:
            files = [place]
        for file in files:
            reader = _READERS.get(file.suffix.lower())
            if reader is None:
                raise DataError(f"{file}: unknown kind of file; known are {', '.join(_READERS)}")
            try:
                yield from reader(file)
            except UnicodeDecodeError as error:
                raise DataError(f"{file}: not UTF-8 at byte {error.start}; convert the file to UTF-8") from error
            except OSError as error:
                raise DataError(f"{file}: cannot be read: {error.strerror}") from error


def _text(file: Path) -> Iterator[Document]:
    yield Document(id=file.stem, text=file.read_text(encoding="utf-8-sig"))


def _html(file: Path) -> Iterator[Document]:
    import trafilatura

    extracted = trafilatura.bare_extraction(file.read_bytes(), with_metadata=True, include_comments=False, include_tables=False)
    page = {} if extracted is None else extracted if isinstance(extracted, dict) else extracted.as_dict()
    if not page.get("text"):
        raise DataError(f"{file}: no article text found in the page")
    # trafilatura gives a paragraph a line.
    yield Document(id=file.stem, text=page["text"].replace("\n", "\n\n"), title=page.get("title") or "", date=page.get("date"))


def _json_lines(file: Path) -> Iterator[Document]:
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text = row["text"]
            date = row.get("date")
            if date is not None:
                calendar.fromisoformat(date)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{file}:{number}: expected an object with 'text' and perhaps an ISO 'date': {error!r}") from error
        if not isinstance(text, str):
            raise DataError(f"{file}:{number}: field 'text' must be a string, not {type(text).__name__}")
        yield Document(id=str(row.get("id", f"{file.stem}-{number}")), text=text, title=str(row.get("title") or ""), date=date)


_READERS = {".txt": _text, ".html": _html, ".htm": _html, ".jsonl": _json_lines}
