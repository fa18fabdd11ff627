"""The files that are to be scored, and what must be known of them before the first row: content, size, columns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from escalate.bundle import sha256_of
from escalate.errors import DataError
from escalate.folders import in_folder, is_file, is_folder, matching
from escalate.reading import Row, check_column, kind_of, read_rows, table_columns

if TYPE_CHECKING:
    import pyarrow

_EXACT_IN_A_FLOAT: Final = 1 << 53
_INT64: Final = 1 << 63
_HIDDEN: Final = (".", "_")


@dataclass(frozen=True)
class Input:
    """A file as it was found.

    Attributes:
        path: The file, as it was named.
        sha256: Hash of its content.
        rows: Number of its rows, those that cannot be scored among them.
        kinds: Column -> names of the kinds of value in it, for a text file.
        schema: The columns of a Parquet file, an Arrow schema; None for a text file.
        state: Size in bytes and time of the last change, to notice a change while it is being read.
    """

    path: Path
    sha256: str
    rows: int
    kinds: dict[str, set[str]]
    schema: pyarrow.Schema | None
    state: tuple[int, int]

    def check(self) -> None:
        """Raise a DataError if the file has been changed since it was surveyed."""
        if not self.path.is_file() or _state(self.path) != self.state:
            raise DataError(f"{self.path}: changed while it was being scored; score it again into a new directory")


def find_inputs(named: Sequence[str], out: Path) -> list[Path]:
    """Find the files behind files, folders and globs.

    Args:
        named: What the user names. A folder, also one that a glob matches, stands for all files in it at any depth, but for
            names with "." or "_" in front; links are followed.
        out: Where the output goes; what lies in it is never taken from a folder or a glob.

    Returns:
        Each file once: in the order named, and by name within a folder or glob.

    Raises:
        DataError: If nothing is found under a name, a file is of an unknown kind, a folder cannot be read, or a link leads
            nowhere.
    """
    found: dict[Path, Path] = {}
    for name in named:
        paths = _files(name, out.resolve())
        if not paths:
            raise DataError(f"{name}: no such file or folder, nothing in it, or nothing matches")
        for path in paths:
            kind_of(path)
            found.setdefault(path.resolve(), path)
    return list(found.values())


def survey(path: Path, column: str) -> Input:
    """Read a file through once: problems of the file as a whole show here, before hours of scoring.

    Args:
        path: The file.
        column: Column that holds the text.

    Returns:
        Its hash, number of rows and columns.

    Raises:
        DataError: If the file cannot be read or has no such column, or no Parquet column of text.
    """
    try:
        state = _state(path)
        sha256 = sha256_of(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    if kind_of(path) == ".parquet":
        rows, schema = _survey_parquet(path, column)
        return Input(path, sha256, rows, {}, schema, state)
    rows, kinds = _survey_text(path, column)
    return Input(path, sha256, rows, kinds, None, state)


def storable_rows(path: Path, column: str) -> Iterator[Row]:
    """Read the rows of a text file as `read_rows` does, with a reason also for what no Parquet file can hold."""
    for row in read_rows(path, column):
        if not row.reason and (broken := next(filter(lambda name: not _storable(name, row.values[name]), row.values), None)):
            yield Row(row.number, {}, f"holds half a surrogate pair in {broken!a}, which Parquet cannot store")
        else:
            yield row


def cell(value: Any, *, as_string: bool) -> Any:
    """Return a value of a row as its column holds it: for a column of strings, JSON for what is none."""
    import json

    if not as_string or value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _files(name: str, out: Path) -> list[Path]:
    path = Path(name)
    if not name:
        raise DataError("an empty name stands for no file; the folder one works in is .")
    if is_folder(path):
        files = in_folder(path, _HIDDEN)
    elif not os.path.lexists(path) and has_magic(name):
        files = matching(name, _HIDDEN)
    else:
        return [path] if is_file(path) else []
    return [file for file in files if out not in file.resolve().parents]


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _survey_text(path: Path, column: str) -> tuple[int, dict[str, set[str]]]:
    kinds: dict[str, set[str]] = {name: {"string"} for name in table_columns(path, column)}
    rows = 0
    for row in storable_rows(path, column):
        rows += 1
        for name, value in row.values.items():
            kinds.setdefault(name, set()).add(_kind(value))
    if kinds:
        check_column(path, column, list(kinds))
    kinds[column] = {"string"}  # what is no string is no row of the output
    return rows, kinds


def _survey_parquet(path: Path, column: str) -> tuple[int, pyarrow.Schema]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            schema, rows = file.schema_arrow.remove_metadata(), file.metadata.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a readable Parquet file: {error}") from error
    check_column(path, column, schema.names)
    if len(set(schema.names)) != len(schema.names):
        raise DataError(f"{path}: a column name stands more than once; rename the columns")
    kind = schema.field(column).type
    kind = kind.value_type if pyarrow.types.is_dictionary(kind) else kind
    if not any(test(kind) for test in _texts_of(pyarrow.types)):
        raise DataError(f"{path}: column {column!r} is {kind}, expected text: choose with --column")
    return rows, schema


def _texts_of(types: Any) -> list[Callable[[Any], bool]]:
    return [types.is_string, types.is_large_string, types.is_string_view, types.is_binary, types.is_large_binary, types.is_null]


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, int) and not isinstance(value, bool):
        return "int" if abs(value) <= _EXACT_IN_A_FLOAT else "long" if -_INT64 <= value < _INT64 else "string"
    return type(value).__name__ if isinstance(value, (bool, float)) else "string"


def _storable(name: str, value: Any) -> bool:
    text = name + (cell(value, as_string=True) if isinstance(value, (str, list, dict)) else "")
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False
