"""`escalate article`: an article read sentence by sentence."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from escalate.cli import show
from escalate.document import ArticlePrediction
from escalate.labels import DE_ESCALATION, ESCALATION


class Format(str, Enum):
    """A table to read, or JSON with everything."""

    table = "table"
    json = "json"


def command(
    file: Annotated[Path, typer.Argument(dir_okay=False, allow_dash=True, help="A text file, or - for standard input.")],
    date: Annotated[str | None, typer.Option(help="ISO date; wins over one on the first line.")] = None,
    title: Annotated[str | None, typer.Option(help="Headline.")] = None,
    bundle: Annotated[str, typer.Option(help="Name of a bundle in the package, or a path.")] = "small",
    abstain_below: show.AbstainBelow = None,
    output: Annotated[Format, typer.Option("--format", help="json holds offsets and all probabilities.")] = Format.table,
) -> None:
    """Split an article into sentences, print the label of each, and sum up."""
    from escalate.predict import Predictor

    try:
        text = _read(file)
        found = Predictor.load(bundle, abstain_below=abstain_below).article(text, date, title)
    except ValueError as error:
        raise typer.BadParameter(f"--date {date!r} is no ISO date such as 2024-04-14") from error
    if output is Format.json:
        sys.stdout.write(show.dumps(found.to_dict(), indent=2) + "\n")
    else:
        _print(found)


def _read(file: Path) -> str:
    from escalate.errors import DataError

    if str(file) != "-" and not file.is_file():
        raise typer.BadParameter(f"{file} does not exist")
    try:
        return (sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not UTF-8 at byte {error.start}; convert the file to UTF-8") from error


def _print(found: ArticlePrediction) -> None:
    screen = show.console()
    heading = "  ".join(part for part in (found.date, found.title) if part)
    if heading:
        screen.print(heading, style="bold")
    screen.print(show.prediction_table(found.sentences))
    counts = ", ".join(f"{number} {label}" for label, number in found.counts.items())
    abstained = f", {found.abstained} abstained" if found.abstained else ""
    screen.print(f"\n{len(found.sentences)} sentences: {counts}{abstained}; mean score {found.score:+.2f}")
    for label in (ESCALATION, DE_ESCALATION):
        for rank, sentence in enumerate(found.strongest(label) if label in found.labels else []):
            line = (
                f"{f'strongest {label}' if rank == 0 else '':<24} {sentence.confidence:.2f}  {' '.join(sentence.text.split())}"
            )
            screen.print(line, style=show.STYLES[label])
