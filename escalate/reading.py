"""Texts from a user's files, one at a time: .txt, .csv, .tsv, .jsonl and .parquet."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from escalate.errors import DataError, require


def read_texts(path: Path, column: str = "text") -> Iterator[str]:
    """Read the texts of a file without holding the file in memory.

    Args:
        path: .txt (a text a line), .csv, .tsv, .jsonl or .parquet.
        column: Column or field that holds the text; not used for .txt.

    Returns:
        An iterator over the texts in order.

    Raises:
        DataError: At once if the kind of file is unknown; while reading if the file is not UTF-8, the column is missing, or
            a row holds no string. Names the file and the row, counted from 1 without the header.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: unknown kind of file {path.suffix!r}; known are {', '.join(_READERS)}")
    return _guarded(path, reader(path, column))


def _guarded(path: Path, texts: Iterator[str]) -> Iterator[str]:
    row = 0
    try:
        for row, text in enumerate(texts, start=1):  # noqa: B007
            yield text
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: after row {row}: not UTF-8 ({error.reason}); convert the file to UTF-8") from error
    except csv.Error as error:
        raise DataError(f"{path}: after row {row}: not a readable table: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def _lines(path: Path, _column: str) -> Iterator[str]:
    with path.open(encoding="utf-8-sig") as file:
        for line in file:
            yield line.rstrip("\n")


def _table(delimiter: str) -> Callable[[Path, str], Iterator[str]]:
    def read(path: Path, column: str) -> Iterator[str]:
        csv.field_size_limit(sys.maxsize)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            header = next(rows, None)
            if header is None:
                return
            _check_column(path, column, header)
            place = header.index(column)
            for number, row in enumerate(rows, start=1):
                if not row:
                    continue
                if len(row) != len(header):
                    raise DataError(f"{path}: row {number} has {len(row)} fields, the header {len(header)}; check its quotes")
                yield row[place]

    return read


def _json_lines(path: Path, column: str) -> Iterator[str]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}: row {number} is not JSON: {error}") from error
            if not isinstance(row, dict):
                raise DataError(f"{path}: row {number} is {type(row).__name__}, expected an object with {column!r}")
            _check_column(path, column, list(row), number)
            yield _string(path, row[column], number)


def _parquet(path: Path, column: str) -> Iterator[str]:
    require("data", "pyarrow")
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            _check_column(path, column, file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(batch_size=1024, columns=[column]):
                for value in batch.column(0).to_pylist():
                    number += 1
                    yield _string(path, value, number)
    except pyarrow.ArrowInvalid as error:
        raise DataError(f"{path}: not a readable Parquet file: {error}") from error


def _check_column(path: Path, column: str, found: list[str], row: int | None = None) -> None:
    if column not in found:
        where = "" if row is None else f" in row {row}"
        raise DataError(f"{path}: no column {column!r}{where}; there are {', '.join(map(repr, found))}: choose with --column")


def _string(path: Path, value: Any, row: int) -> str:
    if not isinstance(value, str):
        raise DataError(f"{path}: row {row} holds {value!r:.60} ({type(value).__name__}), expected text")
    return value


_READERS: dict[str, Callable[[Path, str], Iterator[str]]] = {
    ".txt": _lines,
    ".csv": _table(","),
    ".tsv": _table("\t"),
    ".jsonl": _json_lines,
    ".parquet": _parquet,
}
