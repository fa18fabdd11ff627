"""`escalate score`: files of any size into Parquet shards."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from escalate.cli import show


class Engine(str, Enum):
    """Where the sentences are scored."""

    local = "local"
    ray = "ray"


def command(
    inputs: Annotated[
        list[str], typer.Argument(help="Files (.csv, .tsv, .jsonl, .txt, also .gz; .parquet), folders and globs of them.")
    ],
    out: Annotated[Path, typer.Option(help="Directory of the shards; the same command again goes on where it was.")],
    column: Annotated[str, typer.Option(help="Column or field that holds the text.")] = "text",
    bundle: Annotated[str, typer.Option(help="Name of a bundle in the package, or a path.")] = "small",
    prefix: Annotated[str, typer.Option(help="Put before the names of the added columns.")] = "",
    shard_rows: Annotated[int, typer.Option(min=1, help="Rows of a shard at the most; held in memory.")] = 20_000,
    workers: Annotated[int | None, typer.Option(min=1, help="Batches at once; with Ray, actors. None: all cores.")] = None,
    engine: Annotated[Engine, typer.Option(help='local, or the nodes of a Ray cluster (extra "ray").')] = Engine.local,
    address: Annotated[str | None, typer.Option(help="Ray cluster, such as auto; none starts Ray here.")] = None,
) -> None:
    """Score files into Parquet shards: resumable, each row exactly once; rows without text go to _rejects.jsonl."""
    from escalate.batch.score import score_files

    if address is not None and engine is not Engine.ray:
        raise typer.BadParameter("--address is for --engine ray")
    ray = None
    if engine is Engine.ray:
        from escalate.batch.ray import RayEngine

        ray = RayEngine.on(address, workers)
    with show.stages() as progress:
        found = score_files(
            inputs, out, column=column, bundle=bundle, prefix=prefix, shard_rows=shard_rows,
            workers=None if ray else workers, engine=ray, progress=progress,
        )  # fmt: skip
    typer.echo(f"{found.rows - found.rejected} of {found.rows} rows scored into {found.shards} shards in {found.out}")
    if found.rejected:
        typer.echo(f"{found.rejected} rows could not be scored; {found.rejects} says which and why", err=True)
