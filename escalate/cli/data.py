"""`escalate data`: build and check the dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from escalate.cli import label

app = typer.Typer(help="Build and check the dataset.", no_args_is_help=True)
app.command("ingest")(label.ingest)
app.command("annotate")(label.annotate)
app.command("export")(label.export)
app.command("import")(label.import_)

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


@app.command()
def check(
    folder: Folder = Path("data"),
    held_out: Annotated[
        list[Path] | None, typer.Option(exists=True, help="File or folder none of whose sentences may be in the data.")
    ] = None,
    results: Annotated[Path | None, typer.Option(help="Write the figures behind the findings to this JSON file.")] = None,
) -> None:
    """Check schema, splits, duplicates, agreement and variety; exit code 1 if something does not hold."""
    import json

    from escalate.errors import require

    require("data", "pydantic", "datasketch", "krippendorff", "sklearn")
    from escalate.data import check as checks
    from escalate.target import check_targets, whole

    check_targets(results)
    findings, figures = checks.check(folder, held_out or [])
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.holds else 'FAIL'} {finding.name}: {finding.figure} (asked: {finding.asked})")
    if results is not None:
        with whole(results) as partial:
            partial.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if not all(finding.holds for finding in findings):
        raise typer.Exit(1)


@app.command()
def release(
    version: Annotated[str, typer.Argument(help="Version of the data, such as 0.1.0.")],
    folder: Folder = Path("data"),
) -> None:
    """Write the manifest: the hashes of the data files as they are now, which training then insists on."""
    from escalate.data.manifest import write_manifest

    typer.echo(f"written: {write_manifest(folder, version)}")
