"""Fetching the pinned source files: whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import httpx

from escalate.bundle import sha256_of
from escalate.data.build import SourceFile
from escalate.errors import DataError

_TIMEOUT_SECONDS = 30.0
_LARGEST_BYTES = 200_000_000


def fetch(files: Sequence[SourceFile], target: Path) -> int:
    """Fetch the files that are not there yet; run again, an interrupted fetch goes on with the file it was cut off at.

    A file is written beside its place, checked, and only then renamed.

    Args:
        files: The pinned files.
        target: Folder for them.

    Returns:
        How many files were fetched.

    Raises:
        DataError: If an address does not answer or answers with another file than the pinned one.
    """
    fetched = 0
    for file in files:
        place = target / file.path
        if not (place.is_file() and sha256_of(place) == file.sha256):
            fetch_file(file.url, file.sha256, place)
            fetched += 1
    return fetched


def fetch_file(url: str, sha256: str | None, place: Path, *, hint: str = "--sources") -> str:
    """Fetch one file unless it is there already.

    Args:
        url: Its address.
        sha256: Its hash; None takes the file as it comes, for an address that is itself pinned to a commit.
        place: Where it belongs.
        hint: The option with which a user gives files at hand.

    Returns:
        The hash of the file at its place.

    Raises:
        DataError: If the address does not answer or answers with another file than the pinned one.
    """
    if place.is_file() and (found := sha256_of(place)) == (sha256 or found):
        return found
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        found = _download(url, partial, hint)
        if sha256 is not None and found != sha256:
            raise DataError(f"{url}: SHA-256 {found} is not the pinned {sha256}; the upstream file changed")
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)
    return found


def _download(url: str, partial: Path, hint: str) -> str:
    digest = hashlib.sha256()
    size = 0
    try:
        with (
            httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=True) as client,
            client.stream("GET", url) as response,
            partial.open("wb") as output,
        ):
            response.raise_for_status()
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > _LARGEST_BYTES:
                    raise DataError(f"{url}: more than {_LARGEST_BYTES} bytes; this is not the pinned file")
                digest.update(chunk)
                output.write(chunk)
    except httpx.HTTPError as error:
        raise DataError(f"{url}: could not be fetched ({error!r}); try again, or give the files with {hint}") from error
    return digest.hexdigest()
