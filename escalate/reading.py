"""Rows and texts from a user's files, one at a time: .txt, .csv, .tsv, .jsonl, each also as .gz, and .parquet."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from escalate.delimiter import Separated, separated
from escalate.errors import DataError, require

LONGEST: Final = 1 << 26
"""Characters of a line or field at the most: a quotation mark that is never closed must not fill the memory."""


class Row(NamedTuple):
    """A row of a file, or why there is none.

    Attributes:
        number: Counted from 1, the header not counted, blank lines counted.
        values: Value of each column; empty if the row cannot be read.
        reason: Why the row has no text, as a predicate ("is not JSON"); empty if it has one.
    """

    number: int
    values: dict[str, Any]
    reason: str = ""


def kind_of(path: Path) -> str:
    """Return the kind of a file by its name.

    Args:
        path: The file.

    Returns:
        A suffix such as ".jsonl", without a final ".gz".

    Raises:
        DataError: If the kind is unknown.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    kind = "".join(suffixes[-1:])
    if kind == ".gz" and len(suffixes) == 2 and suffixes[0] in _ROWS:
        return suffixes[0]
    if kind not in KINDS:
        raise DataError(f"{path}: unknown kind of file {path.suffix!r}; known are {', '.join(KINDS)}")
    return kind


def read_texts(path: Path, column: str = "text") -> Iterator[str]:
    """Read the texts of a file without holding the file in memory.

    Args:
        path: .txt (a text a line), .csv (also with semicolons or tabs), .tsv, .jsonl, each also as .gz, or .parquet.
        column: Column or field that holds the text; not used for .txt.

    Returns:
        An iterator over the texts in order.

    Raises:
        DataError: At once if the kind of file is unknown; while reading if the file cannot be read, the column is missing, or
            a row holds no text. Names the file and the row, counted from 1 without the header.
    """
    if kind_of(path) == ".parquet":
        return _guarded(path, _parquet(path, column))
    return (row.values[column] for row in _strict(path, read_rows(path, column)))


def read_rows(path: Path, column: str = "text") -> Iterator[Row]:
    """Read the rows of a text file, those that hold no text among them.

    Args:
        path: .txt, .csv, .tsv or .jsonl, each also as .gz.
        column: Column or field that holds the text; the only column of a .txt.

    Returns:
        An iterator over all rows but blank lines (which are rows of a .txt alone). A row whose text is missing, no string or
        not UTF-8, or that is itself broken, has a reason.

    Raises:
        DataError: If the kind of file is unknown, the file cannot be read, or a table has no such column.
    """
    return _guarded(path, _ROWS[kind_of(path)](path, column))


def table_columns(path: Path, column: str) -> list[str]:
    """Read the header of a table.

    Args:
        path: The file.
        column: Column that holds the text.

    Returns:
        The columns of a .csv or .tsv; none for an empty file or another kind.

    Raises:
        DataError: If the file cannot be read or has no such column.
    """
    return list(_guarded(path, _header(path, column))) if _ROWS.get(kind_of(path)) is _table else []


def read_lines(raw: IO[bytes], name: str) -> Iterator[str]:
    """Read the lines of a stream as texts, as those of a .txt file.

    Args:
        raw: The stream; it is read as far as texts are asked for.
        name: What messages call it.

    Returns:
        An iterator over the lines, blank ones among them, without line ends.

    Raises:
        DataError: While reading, if a line is not UTF-8; names the line.
    """
    return (row.values["text"] for row in _strict(name, _line_rows(_decoded(raw), "text")))


def check_column(path: Path, column: str, found: list[str], delimiter: str = "") -> None:
    """Raise a DataError if a file does not have the column of the texts; it names what separates the columns of a table."""
    if column not in found:
        between = f" (separated by {delimiter!r})" if delimiter else ""
        raise DataError(f"{path}: no column {column!r}; there are {', '.join(map(repr, found))}{between}: choose with --column")


def _strict(path: Path | str, rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        if row.reason:
            raise DataError(f"{path}: row {row.number} {row.reason}")
        yield row


def _guarded(path: Path, items: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from items
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 ({error.reason}); convert the file to UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{path}: cannot be read: {reason}") from error


def _open(path: Path) -> IO[str]:
    raw: Any = gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # noqa: SIM115
    return _decoded(raw)


def _decoded(raw: IO[bytes]) -> IO[str]:
    # Bytes that are no UTF-8 become lone surrogates, by which the one row they stand in is told.
    return io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _lines(file: IO[str]) -> Iterator[str]:
    return iter(lambda: file.readline(LONGEST), "")


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(path: Path, column: str) -> Iterator[Row]:
    with _open(path) as file:
        yield from _line_rows(file, column)


def _line_rows(file: IO[str], column: str) -> Iterator[Row]:
    for number, line in enumerate(_lines(file), start=1):
        yield Row(number, {column: line.rstrip("\r\n")}) if _is_utf8(line) else Row(number, {}, "is not UTF-8")


def _table(path: Path, column: str) -> Iterator[Row]:
    with _open(path) as file:
        rows, header, before = _begun(path, column, file)
        for number in count(1):
            line = before + rows.line_num + 1
            try:
                values = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                reason = f"is no readable row of a table (lines {line} to {before + rows.line_num}): {error}"
                yield Row(number, {}, reason)
                continue
            if values:
                yield _table_row(number, values, header)


def _header(path: Path, column: str) -> Iterator[str]:
    with _open(path) as file:
        yield from _begun(path, column, file)[1]


def _begun(path: Path, column: str, file: IO[str]) -> tuple[Any, list[str], int]:
    """Return the rows of a table, its header (none in an empty file), and the number of lines before that."""
    csv.field_size_limit(LONGEST)
    tabs = kind_of(path) == ".tsv"
    delimiter, lines, before = Separated("\t", _lines(file), 0) if tabs else separated(_lines(file), [column])
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    header = header_of(path, rows)
    if header is not None:
        check_column(path, column, header, delimiter)
    return rows, header or [], before


def header_of(path: Path, rows: Iterator[list[str]]) -> list[str] | None:
    """Read the header of a table.

    Args:
        path: The file, for the message.
        rows: The rows of the table, of which the first one is taken.

    Returns:
        The names of the columns; None if there is no row.

    Raises:
        DataError: If the row is broken or not UTF-8, or two columns have the same name.
    """
    try:
        header = next(rows, None)
    except csv.Error as error:
        raise DataError(f"{path}: the header is not readable: {error}") from error
    if header is not None:
        if not all(map(_is_utf8, header)):
            raise DataError(f"{path}: the header is not UTF-8; convert the file to UTF-8")
        if twice := sorted({name for name in header if header.count(name) > 1}):
            raise DataError(f"{path}: the header has {', '.join(map(repr, twice))} more than once; rename the columns")
    return header


def _table_row(number: int, values: list[str], header: list[str]) -> Row:
    if not all(map(_is_utf8, values)):
        return Row(number, {}, "is not UTF-8")
    if len(values) != len(header):
        return Row(number, {}, f"has {len(values)} fields, the header {len(header)}; check its quotes")
    return Row(number, dict(zip(header, values, strict=True)))


def _json_lines(path: Path, column: str) -> Iterator[Row]:
    with _open(path) as file:
        for number, line in enumerate(_lines(file), start=1):
            if line.strip():
                yield _json_row(number, line, column)


def _json_row(number: int, line: str, column: str) -> Row:
    if not _is_utf8(line):
        return Row(number, {}, "is not UTF-8")
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(number, {}, f"is not JSON: {error}")
    if not isinstance(values, dict):
        return Row(number, {}, f"is {type(values).__name__}, expected an object with {column!r}")
    if column not in values:
        found = ", ".join(map(repr, values))
        return Row(number, values, f"has no column {column!r}; there are {found:.200}: choose with --column")
    return Row(number, values, not_text(values[column]))


def not_text(value: Any) -> str:
    """Return why a value is no text, as a predicate; empty if it is one."""
    return "" if isinstance(value, str) else f"holds {value!r:.60} ({type(value).__name__}), expected text"


def _parquet(path: Path, column: str) -> Iterator[str]:
    require("data", "pyarrow")
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            check_column(path, column, file.schema_arrow.names)
            values = (
                value for batch in file.iter_batches(batch_size=1024, columns=[column]) for value in batch.column(0).to_pylist()
            )
            rows = (Row(number, {column: value}, not_text(value)) for number, value in enumerate(values, start=1))
            yield from (row.values[column] for row in _strict(path, rows))
    except pyarrow.ArrowInvalid as error:
        raise DataError(f"{path}: not a readable Parquet file: {error}") from error


_ROWS: dict[str, Callable[[Path, str], Iterator[Row]]] = {
    ".txt": _plain,
    ".csv": _table,
    ".tsv": _table,
    ".jsonl": _json_lines,
}
KINDS: Final = (*_ROWS, *(f"{kind}.gz" for kind in _ROWS), ".parquet")
"""The kinds of file that can be read."""
