"""Score files of any size: in blocks, resumable, each row exactly once.

Every block of a file is cut at the same rows in every run and becomes one shard, which is written under another name and then
renamed. A run that was killed is taken up by leaving out the blocks whose shards are there, so the output does not depend on
where it was killed.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from escalate.batch.blocks import Block, read_blocks
from escalate.batch.columns import check_names
from escalate.batch.engine import Engine, LocalEngine
from escalate.batch.inputs import Input, find_inputs, survey
from escalate.batch.output import REJECTS, Output, opened
from escalate.batch.schema import common_schema
from escalate.bundle import Bundle, load
from escalate.errors import ConfigError, DataError, require

if TYPE_CHECKING:
    import pyarrow

SHARD_ROWS: Final = 20_000

Progress = Callable[[str, int, int], None]
"""Called with what is going on ("checking files" or "scoring rows"), how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Summary:
    """What became of the rows.

    Attributes:
        out: The directory of the shards.
        rows: Rows of the input.
        rejected: Rows that could not be scored.
        shards: Number of shards.
        rejects: The file that lists the rejected rows.
    """

    out: Path
    rows: int
    rejected: int
    shards: int
    rejects: Path


def score_files(
    inputs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    column: str = "text",
    bundle: str | os.PathLike[str] = "small",
    prefix: str = "",
    shard_rows: int = SHARD_ROWS,
    workers: int | None = None,
    engine: Callable[[Bundle], Engine] | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Score files into Parquet shards, in bounded memory; a run that was killed is taken up where it was.

    Args:
        inputs: Files (.txt, .csv, .tsv, .jsonl, each also as .gz, .parquet), folders and globs of them; one of them or several.
        out: Directory of the shards: all input columns and those of `score_columns`.
        column: Column that holds the text.
        bundle: Name of a bundle in the package, or path of a bundle directory.
        prefix: Put before the names of the columns that are added.
        shard_rows: Rows of a shard at the most; what is lost when a run is killed, and what is held in memory.
        workers: Batches to score at once; None means the number of usable cores. Results do not depend on it.
        engine: Makes what scores, from the bundle; None scores in this process. With one, `workers` must be None. The prefix
            is put before the names of its columns here.
        progress: Is told how far it is.

    Returns:
        The numbers of rows, rejected rows and shards. A finished job is not done again, but for shards that are gone.

    Raises:
        ConfigError: If a setting cannot be.
        DataError: If an input cannot be read, has changed, or already has one of the columns that are added; if the directory
            holds something else, or cannot be written. What was done stays usable.
        BundleError: If the bundle is missing, incomplete or changed.
        MissingExtraError: If the `batch` extra is not installed.
    """
    require("batch", "filelock", "pyarrow")
    if shard_rows < 1 or (workers is not None and workers < 1):
        raise ConfigError(f"rows of a shard and workers must be positive, not {shard_rows} and {workers}")
    if engine is not None and workers is not None:
        raise ConfigError("workers are those of the local engine; give the number to the other engine itself")
    progress = progress or (lambda *_: None)
    checked = load(bundle)
    named = [inputs] if isinstance(inputs, (str, os.PathLike)) else inputs
    found = _surveyed(find_inputs([str(name) for name in named], Path(out)), column, progress)
    schema = common_schema(found, column)
    check_names(schema.names, checked.manifest.labels, prefix)
    job = _job(found, schema, checked, column=column, prefix=prefix, shard_rows=shard_rows)
    with opened(Path(out), job) as output:
        if not output.complete:
            run = engine(checked) if engine else LocalEngine(_predictor(checked, workers))
            blocks = _some((block for each in found for block in _blocks(each, column, schema, shard_rows)), schema)
            total = sum(each.rows for each in found)
            _score(blocks, output, run, prefix, lambda done: progress("scoring rows", done, total))
        output.tidy()
        counts = output.finished or {}
        return Summary(output.path, counts["rows"], counts["rejected"], counts["shards"], output.path / REJECTS)


def _surveyed(paths: list[Path], column: str, progress: Progress) -> list[Input]:
    found: list[Input] = []
    for path in paths:
        progress("checking files", len(found), len(paths))
        found.append(survey(path, column))
    progress("checking files", len(found), len(paths))
    return found


def _job(inputs: list[Input], schema: pyarrow.Schema, bundle: Bundle, **settings: Any) -> dict[str, Any]:
    import pyarrow

    from escalate import __version__

    return {
        "inputs": {str(each.path): each.sha256 for each in inputs},
        "rows": sum(each.rows for each in inputs),
        "columns": {field.name: str(field.type) for field in schema},
        "bundle": {"name": bundle.manifest.name, "sha256": bundle.sha256},
        **settings,
        "versions": {"escalate": __version__, "pyarrow": pyarrow.__version__},
    }


def _predictor(bundle: Bundle, workers: int | None) -> Any:
    from escalate.predict import Predictor

    return Predictor.load(bundle.path, threads=workers)


def _blocks(each: Input, column: str, schema: pyarrow.Schema, shard_rows: int) -> Iterator[tuple[Path, Block]]:
    rows = 0
    for block in read_blocks(each.path, column, schema, shard_rows):
        rows += block.rows
        yield each.path, block
    each.check()
    if rows != each.rows:
        raise DataError(f"{each.path}: had {each.rows} rows when it was checked and now {rows}; score it into a new directory")


def _some(blocks: Iterator[tuple[Path, Block]], schema: pyarrow.Schema) -> Iterator[tuple[Path, Block]]:
    """Yield the blocks, or an empty one if there are none: also a table without rows has columns."""
    first = next(blocks, (Path(), Block(schema.empty_table(), [], [])))
    return chain([first], blocks)


def _score(
    blocks: Iterator[tuple[Path, Block]], output: Output, engine: Engine, prefix: str, progress: Callable[[int], None]
) -> None:
    counts = {"rows": 0, "rejected": 0, "shards": 0}
    done = 0
    waiting: deque[tuple[int, Block]] = deque()

    def tick(number: int) -> None:
        nonlocal done
        done += number
        progress(done)

    def texts() -> Iterator[list[str]]:
        for path, block in blocks:
            number = counts["shards"]
            counts["rows"] += block.rows
            counts["rejected"] += len(block.rejects)
            counts["shards"] += 1
            output.reject(number, [{"file": str(path), "row": row, "reason": reason} for row, reason in block.rejects])
            if output.has(number):
                tick(block.rows)
                continue
            tick(len(block.rejects))
            waiting.append((number, block))
            yield block.texts

    for scored in engine(texts(), tick):
        number, block = waiting.popleft()
        table = block.table
        for name in scored.column_names:
            table = table.append_column(prefix + name, scored.column(name))
        output.write(number, table)
    output.finish(counts)
