"""How the command line shows things: colours, tables, machine formats, progress."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from escalate.document import ArticlePrediction, Prediction
from escalate.labels import DE_ESCALATION, ESCALATION

if TYPE_CHECKING:
    from escalate.timeline import Timeline

Item = TypeVar("Item")

AbstainBelow = Annotated[
    float | None, typer.Option(min=0, max=1, help="Flag predictions less confident than this as abstained.")
]

STYLES = {ESCALATION: "red", DE_ESCALATION: "green"}
_CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


class Format(str, Enum):
    """Output formats; `auto` is a table on a terminal and JSON lines in a pipe."""

    auto = "auto"
    table = "table"
    jsonl = "jsonl"
    csv = "csv"


def resolved(chosen: Format) -> Format:
    """Return the format that `auto` stands for here."""
    if chosen is not Format.auto:
        return chosen
    return Format.table if sys.stdout.isatty() else Format.jsonl


def console() -> Console:
    """Return a console on standard output, 120 columns wide when piped, that shows square brackets as they are."""
    # Texts and paths come from elsewhere: "[they]" and "[/i]" in them are words, not rich's markup; nor is ":cross:" an emoji.
    return _Screen(soft_wrap=False, highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 120)


def printable(text: str) -> str:
    """Return a text as a terminal may show it: with control characters replaced, for it would obey them."""
    return text.translate(_CONTROLS)


class _Screen(Console):
    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=printable(segment.text))


def prediction_table(predictions: Iterable[Prediction], reasons: Sequence[str] = ()) -> Table:
    """Return predictions as a coloured table: label, probability, text, and the words behind each label if given."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("label", no_wrap=True)
    table.add_column("p", justify="right")
    table.add_column("text")
    if reasons:
        table.add_column("rests on")
    for row, found in enumerate(predictions):
        note = " [truncated]" if found.truncated else " [empty]" if found.empty else ""
        note += " [abstained]" if found.abstained else ""
        style = STYLES.get(found.label, "")
        because = [Text(reasons[row])] if reasons else []
        text = Text(" ".join(found.text.split()) + note)
        table.add_row(Text(found.label, style=style), f"{found.confidence:.2f}", text, *because)
    return table


def write_jsonl(predictions: Iterable[Prediction]) -> None:
    """Write one JSON object a line to standard output."""
    for found in predictions:
        sys.stdout.write(dumps(found.to_dict()) + "\n")


def write_csv(predictions: Iterable[Prediction], labels: Iterable[str]) -> None:
    """Write CSV with a header to standard output; the probability of a label stands in the column "p_<label>"."""
    labels = list(labels)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    # Before Python 3.13, a lone carriage return does not make the writer quote a field.
    quoting = csv.writer(sys.stdout, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["text", "label", "score", *(f"p_{label}" for label in labels), "truncated", "empty", "abstained"])
    for found in predictions:
        chances = [f"{found.probabilities[label]:.6f}" for label in labels]
        text = found.text.encode("utf-8", "replace").decode()
        flags = [str(found.truncated).lower(), str(found.empty).lower(), str(found.abstained).lower()]
        (quoting if "\r" in text else writer).writerow([text, found.label, f"{found.score:.6f}", *chances, *flags])


def dumps(content: Any, indent: int | None = None) -> str:
    """Return JSON that any terminal or file can take: a lone surrogate becomes a question mark."""
    return json.dumps(content, ensure_ascii=False, indent=indent).encode("utf-8", "replace").decode()


def article(found: ArticlePrediction, reasons: Sequence[str] = ()) -> None:
    """Print an article's sentences and what follows for the article."""
    screen = console()
    heading = "  ".join(part for part in (found.date, found.title) if part)
    if heading:
        screen.print(heading, style="bold")
    screen.print(prediction_table(found.sentences, reasons))
    counts = ", ".join(f"{number} {label}" for label, number in found.counts.items())
    abstained = f", {found.abstained} abstained" if found.abstained else ""
    score = f"mean score {found.score:+.2f}"
    if found.interval is not None:
        score += ", 95% interval {:+.2f} to {:+.2f}".format(*found.interval)
    screen.print(f"\n{len(found.sentences)} sentences: {counts}{abstained}; {score}")
    if found.actors:
        screen.print(Text(f"actors: {', '.join(actor.name for actor in found.actors)}"))
    for label in (ESCALATION, DE_ESCALATION):
        for rank, sentence in enumerate(found.strongest(label) if label in found.labels else []):
            heading = f"strongest {label}" if rank == 0 else ""
            screen.print(f"{heading:<24} {sentence.confidence:.2f}  {' '.join(sentence.text.split())}", style=STYLES[label])


def timeline(found: Timeline) -> None:
    """Print a time line as a table, and the sentences that carry its changes."""
    columns = ["series", "period", "articles", "sentences", ESCALATION, DE_ESCALATION, "index", "95%", "change"]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="left" if column in ("series", "change") else "right")
    for row in found.periods.to_dict("records"):
        numbers = [str(row[name]) for name in ("articles", "sentences", "escalation", "de_escalation")]
        known = row["index_low"] == row["index_low"]
        interval = f"{row['index_low']:+.0f} to {row['index_high']:+.0f}" if known else ""
        day = row["period"].date().isoformat()
        table.add_row(Text(row["series"]), day, *numbers, f"{row['index']:+.0f}", interval, row["change"])
    screen = console()
    screen.print(table)
    texts = {sentence.id: sentence.prediction.text for reading in found.readings for sentence in reading.sentences}
    for change in found.changes:
        line = f"\n{change.series}: {change.direction} since {change.period}, index {change.before:+.0f} to {change.after:+.0f}"
        screen.print(Text(line, style="bold"))
        for id_ in change.sentences:
            screen.print(Text(f"  {' '.join(texts[id_].split())}  ({id_})"))


def left_out(found: Timeline) -> None:
    """Count the copies and name the articles that are in no series, on standard error."""
    if copies := sum(len(reading.copies) for reading in found.readings):
        counted = "1 near-copy" if copies == 1 else f"{copies} near-copies"
        typer.echo(f"{counted} collapsed; .json and the page of `escalate report` list them", err=True)
    for reason, ids in (("without a date", found.undated), ("in another language than English", found.foreign)):
        if ids:
            typer.echo(printable(f"{reason}, in no series: {', '.join(ids)}"), err=True)


def with_progress(items: Iterable[Item], what: str) -> Iterator[Item]:
    """Pass items on, with a counter on standard error where that is a terminal."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        yield from progress.track(items, total=None)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Show the stages of a long job on standard error where that is a terminal, with rate and time left.

    Yields:
        What is to be called with the name of the stage, how much of it is done, and how much there is.
    """
    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        tasks = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")
