"""Getting the file of a task: the project's own, one at hand, or one fetched from its pinned address."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from escalate.benchmarks.task import Task
from escalate.bundle import sha256_of
from escalate.data.fetch import fetch_file
from escalate.errors import DataError
from escalate.reading import LONGEST


class Obtained(NamedTuple):
    """A task's file: its hash, how it was come by, and the licence ("" for the project's own)."""

    path: Path
    sha256: str
    origin: str
    licence: str


def obtain(task: Task, half: str, data: Path | None, cache: Path) -> Obtained:
    """Get a task's file.

    Args:
        task: The task.
        half: "dev" or "test"; not looked at for a file of the project's own.
        data: Folder with `<task>.<half>.tsv` or the upstream file; None fetches the upstream file. Only the former will do
            where upstream's file cannot be divided into halves.
        cache: Where fetched files are kept.

    Returns:
        The file with its hash.

    Raises:
        DataError: If it is not there, cannot be fetched, or is not the pinned one.
    """
    source = task.file
    if isinstance(source, Path):
        if not source.is_file():
            raise DataError(f"{source}: no such file; make it with escalate data build")
        return Obtained(source, sha256_of(source), "project", "")
    if half not in source.upstream:
        raise DataError(f"{task.name} has no half {half!r}; there are {', '.join(source.upstream)}")
    origin = f"{source.repository}@{source.commit}/{source.upstream[half]}"
    if not source.divided and (data is None or not (data / f"{task.name}.{half}.tsv").is_file()):
        raise DataError(
            f"{task.name}: {Path(source.upstream[half]).name} holds all rows and does not say which are the {half} half; "
            f"give a folder with {task.name}.{half}.tsv (--data)"
        )
    if data is not None:
        own, upstream = data / f"{task.name}.{half}.tsv", data / Path(source.upstream[half]).name
        for path in (own, upstream):
            if path.is_file():
                return Obtained(path, sha256_of(path), f"{path.name}, given; upstream {origin}", source.licence)
        raise DataError(f"{data}: neither {own.name} nor {upstream.name}; leave --data out to fetch {source.address(half)}")
    place = cache / task.name / source.commit / Path(source.upstream[half]).name
    noted = place.with_name(f"{place.name}.sha256")
    pinned = source.sha256.get(source.upstream[half]) or (noted.read_text().strip() if noted.is_file() else None)
    found = fetch_file(source.address(half), pinned, place, hint="--data")
    noted.write_text(found + "\n")
    return Obtained(place, found, origin, source.licence)


def read_table(path: Path, columns: tuple[str, ...] | None = None) -> list[dict[str, str]]:
    """Read a tab-separated file.

    Args:
        path: The file.
        columns: The columns' names, for a file that may have no header.

    Returns:
        The rows, column -> value.

    Raises:
        DataError: If the file cannot be read, or a row has another number of fields.
    """
    csv.field_size_limit(LONGEST)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, delimiter="\t") if row]
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
