"""`escalate predict`: sentences from the arguments, a file or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from escalate.cli import show

_TABLE_ROWS = 200


def command(
    texts: Annotated[list[str] | None, typer.Argument(help="Sentences; none and no --file: lines of standard input.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", "-f", exists=True, dir_okay=False, help=".txt (a sentence a line), .csv, .tsv, .jsonl, .parquet."
        ),
    ] = None,
    column: Annotated[str, typer.Option(help="Column or field that holds the text.")] = "text",
    bundle: Annotated[str, typer.Option(help="Name of a bundle in the package, or a path.")] = "small",
    abstain_below: show.AbstainBelow = None,
    output: Annotated[
        show.Format, typer.Option("--format", help="auto: a table on a terminal, JSON lines in a pipe.")
    ] = show.Format.auto,
) -> None:
    """Read sentences and print label and probabilities of each."""
    from escalate.predict import Predictor

    if texts and file:
        raise typer.BadParameter("give sentences or --file, not both")
    stream = show.with_progress(_texts(texts, file, column), "reading")
    predictor = Predictor.load(bundle, abstain_below=abstain_below)
    predictions = predictor.iter(stream)
    chosen = show.resolved(output)
    if chosen is show.Format.csv:
        show.write_csv(predictions, predictor.labels)
    elif chosen is show.Format.jsonl:
        show.write_jsonl(predictions)
    else:
        # In pieces, so that a long input shows its beginning at once and is never held as a whole.
        while piece := list(islice(predictions, _TABLE_ROWS)):
            show.console().print(show.prediction_table(piece))


def _texts(texts: list[str] | None, file: Path | None, column: str) -> Iterator[str]:
    from escalate.reading import read_lines, read_texts

    if texts:
        return iter(texts)
    if file is not None:
        return read_texts(file, column)
    if sys.stdin.isatty():
        raise typer.BadParameter("no sentences: give some, name a --file, or pipe lines in")
    return read_lines(sys.stdin.buffer, "standard input")
