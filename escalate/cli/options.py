"""Options that `escalate timeline` and `escalate report` share."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer


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
