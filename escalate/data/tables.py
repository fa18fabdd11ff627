"""Tab-separated files of third parties: the held-out halves of other codings and what they were made from."""

from __future__ import annotations

import csv
from pathlib import Path

from escalate.errors import DataError
from escalate.reading import LONGEST


def read_table(path: Path, columns: tuple[str, ...] | None = None) -> list[dict[str, str]]:
    """Read a tab-separated file.

    Args:
        path: The file.
        columns: The columns' names, for a file that may have no header.

    Returns:
        The rows, column -> value.

    Raises:
        DataError: If the file cannot be read, a quotation mark is not closed, or a row has another number of fields.
    """
    csv.field_size_limit(LONGEST)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            # Strictly: a quotation mark that is never closed would otherwise swallow the rows that follow.
            rows = [row for row in csv.reader(file, delimiter="\t", strict=True) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if not rows:
        raise DataError(f"{path}: empty")
    header = rows[0] if columns is None or tuple(rows[0]) == columns else list(columns)
    body = rows[1:] if header == rows[0] else rows
    for number, row in enumerate(body, start=1):
        if len(row) != len(header):
            raise DataError(f"{path}: row {number} has {len(row)} fields, expected {', '.join(header)}")
    return [dict(zip(header, row, strict=True)) for row in body]


def field_of(row: dict[str, str], names: tuple[str, ...], path: Path) -> str:
    """Return the first of some fields that a row has; upstream files and halves name them differently.

    Args:
        row: The row, column -> value.
        names: The names that the field may have.
        path: The file, for the message.

    Returns:
        The field's value.

    Raises:
        DataError: If the row has none of them.
    """
    for name in names:
        if name in row:
            return row[name]
    raise DataError(f"{path}: no column {' or '.join(map(repr, names))}; there are {', '.join(map(repr, row))}")
