"""The manifest of a data folder: which files belong to the released data, with their hashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from escalate.bundle import sha256_of
from escalate.errors import DataError
from escalate.target import whole

NAME: Final = "manifest.json"


def write_manifest(folder: Path, version: str) -> Path:
    """Write the hashes and line counts of a folder's JSON Lines files, at any depth.

    Args:
        folder: The data folder.
        version: Version of the data.

    Returns:
        The manifest's path.

    Raises:
        DataError: If it cannot be written; the one before stays.
    """
    files = {
        path.relative_to(folder).as_posix(): {"sha256": sha256_of(path), "rows": _rows(path)}
        for path in sorted(folder.rglob("*.jsonl"))
    }
    manifest = folder / NAME
    with whole(manifest) as partial:
        partial.write_text(json.dumps({"version": version, "files": files}, indent=2) + "\n", encoding="utf-8")
    return manifest


def listed_hash(path: Path) -> str | None:
    """Return the hash that the nearest data manifest above a file gives for it; None where none lists it."""
    for folder in path.resolve().parents:
        hashes = _hashes(folder / NAME)
        if hashes is not None:
            return hashes.get(_name(path, folder))
    return None


def checked_hash(path: Path, *, allow_unlisted: bool = False) -> str:
    """Return the hash of a data file, and refuse one that its manifest does not vouch for.

    Args:
        path: The file.
        allow_unlisted: Whether to accept a file that no manifest lists or that differs from its entry.

    Returns:
        The file's SHA-256.

    Raises:
        DataError: If the file is missing, or is not the one that the manifest lists and `allow_unlisted` is false.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    actual = sha256_of(path)
    if allow_unlisted:
        return actual
    listed = listed_hash(path)
    if actual != listed:
        what = "is not listed in a data manifest" if listed is None else "differs from its entry in the data manifest"
        if listed is None and (broken := _unreadable(path)):
            raise DataError(f"{path} {what}, but {broken} is not JSON: write it again with escalate data build, or remove it")
        raise DataError(f"{path} {what}; set data.allow_unlisted: true to train on it all the same")
    return actual


def _hashes(manifest: Path) -> dict[str, str] | None:
    """Return SHA-256 by file; None where there is no manifest, or one of another kind: others call theirs the same."""
    if not manifest.is_file():
        return None
    try:
        return {str(name): str(entry["sha256"]) for name, entry in json.loads(manifest.read_bytes())["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _unreadable(path: Path) -> Path | None:
    """Return the nearest manifest above a file that is not JSON, such as one that was cut off."""
    for manifest in (folder / NAME for folder in path.resolve().parents):
        try:
            if manifest.is_file():
                json.loads(manifest.read_bytes())
        except ValueError:
            return manifest
    return None


def _name(path: Path, folder: Path) -> str:
    return path.resolve().relative_to(folder).as_posix()


def _rows(path: Path) -> int:
    with path.open(encoding="utf-8") as file:
        return sum(1 for line in file if line.strip())
