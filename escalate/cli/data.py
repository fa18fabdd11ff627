"""`escalate data`: build and check the dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Build and check the dataset.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--data", exists=True, file_okay=False, help="The data folder.")]


@app.command()
def build(
    folder: Folder = Path("data"),
    sources: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="The open sources' files; default: fetch them.")
    ] = None,
    cache: Annotated[Path, typer.Option(help="Where fetched files are kept.")] = Path("data/.sources"),
    written_only: Annotated[bool, typer.Option("--written-only", help="Leave the open text out.")] = False,
) -> None:
    """Make the sentence files from articles, open sources and annotations."""
    from escalate.errors import require

    require("data", "pydantic", "httpx", "conllu")
    from escalate.data.build import build_open_text, build_written, read_source_files
    from escalate.data.fetch import fetch

    _say("written articles", build_written(folder))
    if written_only:
        return
    if sources is None:
        fetched = fetch(read_source_files(folder / "open_text" / "manifest.json"), cache)
        typer.echo(f"fetched {fetched} source files into {cache}")
    _say("open text", build_open_text(folder, sources or cache))


def _say(what: str, counts: dict[str, int]) -> None:
    typer.echo(f"{what}: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + " sentences")
