"""Options that commands share: those of time lines and reports, and of labelled files."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from escalate.bundle import Manifest
    from escalate.data.labelled import Columns


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
TextColumn = Annotated[
    str | None, typer.Option(help="Column or field of the text; default: the one that the bundle was trained with.")
]
LabelColumn = Annotated[str | None, typer.Option(help="Column or field of the label; default likewise.")]


def columns_of(manifest: Manifest, text: str | None, label: str | None) -> Columns:
    """Say where text and label of a labelled file stand.

    Args:
        manifest: Of the bundle that reads the file.
        text: What was asked for; None for the column that the bundle was trained with.
        label: Likewise.

    Returns:
        The columns.
    """
    from escalate.data.labelled import OWN, Columns

    trained = manifest.provenance.get("config", {}).get("data", {})
    return Columns(text or trained.get("text_column", OWN.text), label or trained.get("label_column", OWN.label))
