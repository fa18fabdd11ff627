"""`escalate timeline`: is it getting worse, between whom, since when, and which sentences say so?"""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalate.cli import show

if TYPE_CHECKING:
    from escalate.timeline import Timeline


class By(str, Enum):
    """What a series stands for."""

    all = "all"
    conflict = "conflict"
    country = "country"
    dyad = "dyad"
    source = "source"


class Frequency(str, Enum):
    """Length of a period."""

    day = "D"
    week = "W"
    month = "M"


Inputs = Annotated[
    list[str], typer.Argument(help="Files, folders, globs, addresses, or - for standard input.", metavar="INPUT...")
]
Grouping = Annotated[By, typer.Option(help="What a series stands for.")]
Freq = Annotated[Frequency, typer.Option(help="A day, a week or a month.")]
Network = Annotated[bool, typer.Option("--allow-network", help="Fetch addresses among the inputs.")]
Headline = Annotated[float, typer.Option(help="Weight of the headline; 0 leaves it out.")]
Lead = Annotated[float, typer.Option(help="Weight of the first sentence; the others have 1.")]
Bundle = Annotated[str, typer.Option(help="Name of a bundle in the package, or a path.")]


def command(
    inputs: Inputs,
    by: Grouping = By.all,
    freq: Freq = Frequency.day,
    to: Annotated[Path | None, typer.Option(help=".csv, .parquet or .json; without it, a table, or CSV in a pipe.")] = None,
    allow_network: Network = False,
    headline: Headline = 2.0,
    lead: Lead = 2.0,
    bundle: Bundle = "small",
) -> None:
    """Make a time line of articles: counts, scores, an index with intervals, change points."""
    from escalate.report.export import check_target, write_frame

    check_target(to)
    found = made(inputs, by, freq, allow_network, headline, lead, bundle)
    if to is not None:
        write_frame(found, to)
    elif sys.stdout.isatty():
        show.timeline(found)
    else:
        found.periods.to_csv(sys.stdout, index=False)
    if found.undated:
        typer.echo(f"without a date, in no series: {', '.join(found.undated)}", err=True)


def made(
    inputs: list[str], by: By, freq: Frequency, allow_network: bool, headline: float, lead: float, bundle: str
) -> Timeline:
    """Read the articles and make the time line."""
    from escalate.articles.files import read_articles
    from escalate.predict import Predictor
    from escalate.readings import Weights
    from escalate.timeline import build

    weights = Weights(headline, lead)
    articles = read_articles(inputs, allow_network)
    return build(articles, by.value, freq.value, predictor=Predictor.load(bundle), weights=weights)
