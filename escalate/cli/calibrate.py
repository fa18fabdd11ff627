"""`escalate calibrate`: a bundle's probabilities, fitted to other sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from escalate.cli.options import LabelColumn, TextColumn, columns_of


def command(
    bundle: Annotated[str, typer.Argument(help="Name of a bundle in the package, or a path.")],
    data: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="JSON Lines, CSV or TSV with a text and a label in each row."),
    ],
    target: Annotated[Path, typer.Option("--to", help="Directory of the new bundle.")],
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
) -> None:
    """Fit temperature, bias and the thresholds of abstention to labelled sentences of your own; the network stays as it is."""
    from escalate.errors import require

    require("train", "scipy", "pydantic", "yaml")
    from escalate.bundle import load
    from escalate.training.recalibrate import recalibrate

    old = load(bundle)
    found = recalibrate(old, data, target, columns=columns_of(old.manifest, text_column, label_column)).manifest
    figures = found.metrics["validation"]
    typer.echo(
        f"calibrated: {target}; on {found.provenance['calibration']['rows']} sentences macro-F1 {figures['macro_f1']:.4f}, "
        f"calibration error {figures['calibration_error']:.4f}, temperature {found.temperature:.3f}, "
        f"bias {', '.join(f'{value:+.3f}' for value in found.bias)}"
    )
