"""A directory of scored shards: what it was made from, whole files only, one run at a time.

    part-000000.parquet ...   the shards; names that sort, so that readers of Parquet folders keep the order
    _rejects.jsonl            rows that cannot be scored: file, row, reason; there when the job is finished
    _job.json                 what is scored by what; with the counts when the job is finished

Readers of Parquet folders (Arrow, pandas, DuckDB, Spark) leave out names with "_" or "." in front.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from escalate.errors import DataError

if TYPE_CHECKING:
    import pyarrow

JOB: Final = "_job.json"
REJECTS: Final = "_rejects.jsonl"
_COUNTS: Final = ("rows", "rejected", "shards")
_SHARD: Final = "part-{:06}.parquet"
_REJECTS_OF_SHARD: Final = ".rejects-{:06}.jsonl"


class Output:
    """The directory of a job."""

    def __init__(self, path: Path, job: dict[str, Any]) -> None:
        """Begin a job or take it up again.

        Args:
            path: The directory; made where it is missing.
            job: All that the output follows from, as plain values for JSON; "inputs" maps each file to its hash.

        Raises:
            DataError: If the directory holds something else, or a job that differs; says in what.
        """
        self.path = path
        found = self._read()
        if found is None:
            others = [inner.name for inner in path.iterdir() if not inner.name.startswith(".")]
            if others:
                raise DataError(f"{path} holds other things ({', '.join(sorted(others)[:3])}); give --out a new directory")
            with suppress(OSError):  # where nothing can be removed, nothing can be written either
                for left in [*self._rejects(), *path.glob(".*.writing")]:  # by an older job, whose visible files are gone
                    left.unlink()
            self._write(JOB, job)
        self.finished: dict[str, int] | None = (found or {}).pop("finished", None)
        self._job = job
        if found is not None and (changes := list(_changes(found, job))):
            raise DataError(
                f"{path} holds another job: {'; '.join(changes)}. Give --out a new directory, or restore what it was begun with"
            )

    def has(self, number: int) -> bool:
        """Return whether a shard is there; if it is, it is whole."""
        return (self.path / _SHARD.format(number)).is_file()

    @property
    def complete(self) -> bool:
        """Whether the job is finished and nothing that it wrote is gone."""
        counts = self.finished
        return counts is not None and (self.path / REJECTS).is_file() and all(map(self.has, range(counts["shards"])))

    def reject(self, number: int, rejects: list[dict[str, Any]]) -> None:
        """Write the rows that are rejected on the way to a shard, before it; in a job that is taken up, those of all shards.

        Args:
            number: Number of the shard.
            rejects: One object a rejected row.

        Raises:
            DataError: If the disk is full or cannot be written; what was written before stays usable.
        """
        if rejects:
            with self._whole(_REJECTS_OF_SHARD.format(number)) as file:
                file.writelines(_line(reject) for reject in rejects)

    def write(self, number: int, table: pyarrow.Table) -> None:
        """Write a shard.

        Args:
            number: Number of the shard.
            table: Its rows.

        Raises:
            DataError: If the disk is full or cannot be written; what was written before stays usable.
        """
        import pyarrow
        import pyarrow.parquet

        name = _SHARD.format(number)
        try:
            with self._whole(name) as file:
                pyarrow.parquet.write_table(table, file, compression="zstd")
        except pyarrow.ArrowException as error:
            raise DataError(f"{self.path / name}: the table cannot be stored as Parquet: {error}") from error

    def finish(self, counts: dict[str, int]) -> None:
        """Put the rejects into one file and note that the job is finished.

        Args:
            counts: "rows", "rejected" and "shards".
        """
        with self._whole(REJECTS) as file:
            for part in self._rejects():
                with part.open("rb") as rejects:
                    file.writelines(rejects)
        self._write(JOB, {**self._job, "finished": counts})
        self.finished = counts
        self.tidy()

    def tidy(self) -> None:
        """Remove what a finished job no longer needs."""
        for part in self._rejects():
            part.unlink()

    def _rejects(self) -> list[Path]:
        return sorted(self.path.glob(".rejects-*.jsonl"))

    def _read(self) -> dict[str, Any] | None:
        try:
            content = json.loads((self.path / JOB).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise DataError(f"{self.path / JOB}: cannot be read: {error}; give --out a new directory") from error
        if not _is_job(content):
            raise DataError(f"{self.path / JOB}: is not what escalate score writes; give --out a new directory")
        return dict(content)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        with self._whole(name) as file:
            file.write((json.dumps(content, indent=2) + "\n").encode())

    @contextmanager
    def _whole(self, name: str) -> Iterator[IO[bytes]]:
        staging = self.path / f".{name}.writing"
        try:
            with staging.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            staging.replace(self.path / name)
        except OSError as error:
            done = len(list(self.path.glob("part-*.parquet")))
            raise DataError(
                f"{self.path / name}: cannot be written: {error.strerror or error}. {done} shards are whole and stay usable; "
                "make room and run the same command again to go on"
            ) from error
        finally:
            staging.unlink(missing_ok=True)


@contextmanager
def opened(path: Path, job: dict[str, Any]) -> Iterator[Output]:
    """Open the directory of a job for this process alone.

    Args:
        path: The directory; made where it is missing.
        job: See `Output`.

    Yields:
        The directory.

    Raises:
        DataError: If it cannot be made, another process is at work in it, or it holds something else.
    """
    from filelock import FileLock, Timeout

    try:
        path.mkdir(parents=True, exist_ok=True)
        # The system lets go of the lock when the process ends, however it ends.
        lock = FileLock(path / ".lock", timeout=0).acquire()
    except Timeout as error:
        raise DataError(f"{path}: another process is scoring into it; wait for it or give --out a new directory") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be used: {error.strerror or error}; give --out another directory") from error
    with lock:
        yield Output(path, job)


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    before, after = old.get("inputs", {}), new["inputs"]
    for path in {**before, **after}:
        if path not in after:
            yield f"input {path} is missing now"
        elif path not in before:
            yield f"input {path} is new"
        elif before[path] != after[path]:
            yield f"input {path} has changed"
    if list(before) != list(after) and before == after:
        yield "the inputs come in another order"
    for key in new:
        if key != "inputs" and old.get(key) != new[key]:
            yield f"{key} was {old.get(key)} and is {new[key]}"


def _is_job(content: Any) -> bool:
    if not isinstance(content, dict) or not isinstance(content.get("inputs"), dict):
        return False
    counts = content.get("finished", dict.fromkeys(_COUNTS, 0))
    return isinstance(counts, dict) and all(isinstance(counts.get(name), int) for name in _COUNTS)


def _line(content: dict[str, Any]) -> bytes:
    # A name or reason may hold half a surrogate pair, which no UTF-8 has.
    return (json.dumps(content, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
