"""Files that are written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Lend a path to write to, beside the target, whose place it takes at the end.

    Args:
        target: The file to write; its folder is made.

    Yields:
        The path; if writing fails, what lies there is removed and the target stays as it was.

    Raises:
        OSError: If the folder cannot be made or the target is a folder.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    try:
        yield partial
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
