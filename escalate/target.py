"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from escalate.errors import DataError


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Lend a path to write to, beside the target, whose place it takes at the end.

    Args:
        target: The file to write; its folder is made.

    Yields:
        The path; if writing fails, what lies there is removed and the target stays as it was.

    Raises:
        DataError: If the folder cannot be made, the target is a folder, or the disk is full or cannot be written.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(target)
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror or error}; choose another place") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def check_targets(*targets: Path | None) -> None:
    """Find files that could not be written before work is done for them; nothing is made.

    Args:
        *targets: Files to be written, perhaps in folders still to be made; None is passed over.

    Raises:
        DataError: If one is a folder, or no folder for it is there or can be made.
    """
    for target in filter(None, targets):
        folder = next(parent for parent in target.absolute().parents if os.path.lexists(parent))
        if os.path.isdir(target):  # noqa: PTH112 (Path.is_dir raises where a folder must not be looked into)
            reason = "it is a folder"
        elif not folder.is_dir():
            reason = f"{folder} is no folder"
        elif not os.access(folder, os.W_OK | os.X_OK):
            reason = f"{folder} must not be written to"
        else:
            continue
        raise DataError(f"{target}: cannot be written: {reason}; choose another place")
