"""`escalate timeline`: is it getting worse, between whom, since when, and which sentences say so?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from escalate.cli import show
from escalate.cli.options import Bundle, By, Freq, Frequency, Grouping, Headline, Inputs, Lead, Network


def command(
    inputs: Inputs,
    by: Grouping = By.all,
    freq: Freq = Frequency.day,
    to: Annotated[
        Path | None, typer.Option(dir_okay=False, help=".csv, .parquet or .json; without it, a table, or CSV in a pipe.")
    ] = None,
    allow_network: Network = False,
    headline: Headline = 2.0,
    lead: Lead = 2.0,
    bundle: Bundle = "small",
) -> None:
    """Make a time line of articles: counts, scores, an index with intervals, change points."""
    from escalate.readings import Weights
    from escalate.report.export import check_target, write_frame
    from escalate.timeline import of_places

    check_target(to)
    found = of_places(inputs, by.value, freq.value, allow_network=allow_network, weights=Weights(headline, lead), bundle=bundle)
    if to is not None:
        write_frame(found, to)
    elif sys.stdout.isatty():
        show.timeline(found)
    else:
        found.periods.to_csv(sys.stdout, index=False)
    show.left_out(found)
