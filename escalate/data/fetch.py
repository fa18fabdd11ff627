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
    with httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=True) as client:
        for file in files:
            place = target / file.path
            if place.is_file() and sha256_of(place) == file.sha256:
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            partial = place.with_name(f".{place.name}.{os.getpid()}")
            try:
                _download(client, file, partial)
                partial.replace(place)
            finally:
                partial.unlink(missing_ok=True)
            fetched += 1
    return fetched


def _download(client: httpx.Client, file: SourceFile, partial: Path) -> None:
    digest = hashlib.sha256()
    size = 0
    try:
        with client.stream("GET", file.url) as response, partial.open("wb") as output:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > _LARGEST_BYTES:
                    raise DataError(f"{file.url}: more than {_LARGEST_BYTES} bytes; this is not the pinned file")
                digest.update(chunk)
                output.write(chunk)
    except httpx.HTTPError as error:
        raise DataError(f"{file.url}: could not be fetched ({error!r}); try again, or give the files with --sources") from error
    if digest.hexdigest() != file.sha256:
        raise DataError(f"{file.url}: SHA-256 {digest.hexdigest()} is not the pinned {file.sha256}; the upstream file changed")
