"""`escalate report`: the time line of some articles as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from escalate.cli import show
from escalate.cli.options import Bundle, By, Freq, Frequency, Grouping, Headline, Inputs, Lead, Network
from escalate.errors import require


def command(
    inputs: Inputs,
    out: Annotated[Path, typer.Option(dir_okay=False, help="The page to write.")] = Path("report.html"),
    plots: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder that also gets each plot as .svg and .png.")
    ] = None,
    title: Annotated[str, typer.Option(help="Heading of the page.")] = "Escalation in the news",
    by: Grouping = By.all,
    freq: Freq = Frequency.day,
    allow_network: Network = False,
    headline: Headline = 2.0,
    lead: Lead = 2.0,
    bundle: Bundle = "small",
) -> None:
    """Write one self-contained page: time lines, the sentences behind them, articles and actors."""
    require("report", "jinja2", "matplotlib")
    from escalate.readings import Weights
    from escalate.report.page import write_page
    from escalate.target import check_targets
    from escalate.timeline import of_places

    check_targets(out, plots and plots / "series-1.svg")
    found = of_places(inputs, by.value, freq.value, allow_network=allow_network, weights=Weights(headline, lead), bundle=bundle)
    write_page(found, out, title, plots)
    typer.echo(
        f"{len(found.readings)} articles, {found.periods['series'].nunique()} series, {len(found.changes)} changes: {out}"
    )
    show.left_out(found)
