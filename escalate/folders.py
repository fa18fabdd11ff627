"""The files in folders and behind globs: what cannot be looked at is an error, for nothing may be left out in silence."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from escalate.errors import DataError


def in_folder(
    folder: Path, hidden: tuple[str, ...] = (".",), wanted: Callable[[Path], bool] = lambda _: True
) -> dict[Path, Path]:
    """Find the files of a folder at any depth; links are followed, into each folder once.

    Args:
        folder: The folder.
        hidden: Files and folders whose names begin so are passed over.
        wanted: Which files are looked at.

    Returns:
        Each file, sorted, with its path within the folder; pipes and the like are no files.

    Raises:
        DataError: If a folder cannot be read, or a link leads nowhere.
    """
    files = (file for file in _walk(folder, hidden) if wanted(file) and is_file(file))
    return {file: file.relative_to(folder) for file in sorted(files)}


def matching(
    pattern: str, hidden: tuple[str, ...] = (".",), wanted: Callable[[Path], bool] = lambda _: True
) -> dict[Path, Path]:
    """Find the files that a glob matches, and those of the folders that it matches.

    Args:
        pattern: The glob; "**" stands for folders at any depth.
        hidden: As of `in_folder`, within the folders; what the glob itself matches is never passed over.
        wanted: Likewise.

    Returns:
        Each file once, sorted, with its path from the name on that the glob matched; empty if nothing matches.

    Raises:
        DataError: If a folder in which the glob searches cannot be read, or a link leads nowhere.
    """
    _check_searched(pattern)
    found: dict[Path, Path] = {}
    entered: set[str] = set()
    for match in sorted(map(Path, glob.glob(pattern, recursive=True)), key=_depth):  # noqa: PTH207 (it may be absolute)
        real = os.path.realpath(match)
        if not is_folder(real):
            found |= {match: Path(match.name)} if is_file(match) else {}
        elif real not in entered:  # "**" also goes round in the circles that links make
            found |= {file: match.name / within for file, within in in_folder(match, hidden, wanted).items()}
        entered.add(real)
    entries = {(os.path.realpath(file.parent), file.name): file for file in sorted(found, key=_depth, reverse=True)}
    return {file: found[file] for file in sorted(entries.values())}


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Say whether a path is a folder; not where it cannot be looked at, which `is_file` tells."""
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises for names that are too long)


def is_file(path: Path) -> bool:
    """Say whether a path is a file.

    Args:
        path: The path; links are followed.

    Returns:
        False for folders, pipes and the like.

    Raises:
        DataError: If nothing is there, a link leads nowhere, or it cannot be looked at.
    """
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def _depth(path: Path) -> tuple[int, Path]:
    return len(path.parts), path


def _walk(folder: Path, hidden: tuple[str, ...]) -> Iterator[Path]:
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, onerror=_unreadable, followlinks=True):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else sorted(name for name in folders if not name.startswith(hidden))
        if real not in seen:
            yield from (Path(place, name) for name in names if not name.startswith(hidden))
        seen.add(real)


def _unreadable(error: OSError) -> None:
    raise DataError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _check_searched(pattern: str) -> None:
    """Raise for a folder that the glob would have to search and cannot: `glob` passes over it."""
    searched = os.path.dirname(pattern)  # noqa: PTH120 (the folders of "a/**/b" are those that "a/**" matches)
    if searched in ("", pattern):
        return
    _check_searched(searched)
    for folder in glob.iglob(searched, recursive=True):  # noqa: PTH207
        if is_folder(folder) and not os.access(folder, os.R_OK | os.X_OK):
            raise DataError(f"{folder}: cannot be read: Permission denied")
