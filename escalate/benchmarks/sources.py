"""Getting the file of a task: the project's own, one at hand, or one fetched from its pinned address."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from escalate.benchmarks.task import Task
from escalate.bundle import sha256_of
from escalate.data.fetch import fetch_file
from escalate.errors import DataError


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
