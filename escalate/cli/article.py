"""`escalate article`: an article read sentence by sentence."""

from __future__ import annotations

import errno
import sys
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from textwrap import shorten
from typing import Annotated

import typer

from escalate.cli import show


class Format(str, Enum):
    """A table to read, or JSON with everything."""

    table = "table"
    json = "json"


def command(
    file: Annotated[Path, typer.Argument(dir_okay=False, allow_dash=True, help="A text or web page, or - for standard input.")],
    date: Annotated[str | None, typer.Option(help="ISO date; wins over one on the first line.")] = None,
    title: Annotated[str | None, typer.Option(help="Headline.")] = None,
    bundle: Annotated[str, typer.Option(help="Name of a bundle in the package, or a path.")] = "small",
    abstain_below: show.AbstainBelow = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show the words that each label rests on.")] = False,
    output: Annotated[Format, typer.Option("--format", help="json holds offsets and all probabilities.")] = Format.table,
) -> None:
    """Split an article into sentences, print the label of each, and sum up."""
    from escalate.articles.files import read_article
    from escalate.explain import explain as weigh
    from escalate.explain import strongest
    from escalate.predict import Predictor

    if str(file) != "-":
        _check_is_there(file)
    given = read_article(file)
    predictor = Predictor.load(bundle, abstain_below=abstain_below)
    try:
        found = predictor.article(given.text, given.date if date is None else date, title or given.title or None)
    except ValueError as error:
        raise typer.BadParameter(f"--date {date!r} is no ISO date such as 2024-04-14") from error
    words = [strongest(weigh(predictor, sentence.text)) for sentence in found.sentences] if explain else []
    if output is Format.json:
        content = found.to_dict()
        for sentence, heavy in zip(content["sentences"], words, strict=False):
            sentence["words"] = [asdict(word) for word in heavy]
        sys.stdout.write(show.dumps(content, indent=2) + "\n")
    else:
        show.article(found, [", ".join(f"{word.text} {word.weight:+.2f}" for word in heavy) for heavy in words])
    if found.language:
        typer.echo(
            f"this text reads as another language ({found.language}); the model knows English only, and its labels mean little",
            err=True,
        )


def _check_is_there(file: Path) -> None:
    try:
        file.stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENAMETOOLONG):
            name = show.printable(shorten(str(file), 60, placeholder="..."))
            raise typer.BadParameter(
                f"{name} does not exist; give the name of a file, or - and the article itself on standard input"
            ) from error
