"""`escalate data ingest`, `annotate`, `export` and `import`: a user's own articles, labelled by a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from escalate.errors import DataError, require
from escalate.target import check_targets, whole

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Sentences as JSON Lines.")]
Target = Annotated[Path, typer.Option("--to", help="The file to write.")]


def ingest(
    articles: Annotated[list[Path], typer.Argument(exists=True, help=".txt, .html, .jsonl files, or folders of them.")],
    target: Target = Path("sentences.jsonl"),
) -> None:
    """Turn articles into unlabelled sentences, each once."""
    require("data", "pydantic", "trafilatura")
    from escalate.data.ingest import ingest as read
    from escalate.data.schema import write_jsonl

    check_targets(target)
    rows, dropped = read(articles)
    write_jsonl(target, rows)
    typer.echo(f"{len(rows)} sentences in {target}; {dropped} duplicates dropped")


def annotate(
    file: File,
    annotator: Annotated[str, typer.Option(help="Your name, kept with each label.")],
    target: Target = Path("labels.jsonl"),
) -> None:
    """Label sentences at the terminal; each answer is saved at once, and a later call goes on where you stopped."""
    from escalate.data.annotate import annotate as loop
    from escalate.data.annotate import read_rows

    check_targets(target)
    count = loop(read_rows(file), target, annotator, lambda prompt: typer.prompt(prompt, prompt_suffix=""))
    typer.echo(f"{count} sentences labelled, in {target}")


def export(file: File, target: Target = Path("tasks.json")) -> None:
    """Write sentences as Label Studio tasks, with the labelling interface beside them."""
    from escalate.data.annotate import LABELLING_CONFIG, read_rows, to_label_studio

    interface = target.with_suffix(".xml")
    tasks = to_label_studio(read_rows(file))
    for place, content in ((target, json.dumps(tasks, ensure_ascii=False, indent=1)), (interface, LABELLING_CONFIG)):
        with whole(place) as partial:
            partial.write_text(content + "\n", encoding="utf-8")
    typer.echo(f"{len(tasks)} tasks in {target}; labelling interface in {interface}")


def import_(file: File, target: Target = Path("labels.jsonl")) -> None:
    """Read a Label Studio export ("JSON") into labels."""
    require("data", "pydantic")
    from escalate.data.annotate import from_label_studio
    from escalate.data.schema import write_jsonl

    try:
        tasks = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise DataError(f"{file}: not JSON: {error}") from error
    if not isinstance(tasks, list):
        raise DataError(f"{file}: expected a list of tasks; export in Label Studio's JSON format")
    rows = from_label_studio(tasks, str(file))
    write_jsonl(target, rows)
    typer.echo(f"{len(rows)} labels in {target}")
