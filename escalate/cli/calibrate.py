"""`escalate calibrate`: a bundle's probabilities, fitted to other sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    bundle: Annotated[str, typer.Argument(help="Name of a bundle in the package, or a path.")],
    data: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="JSON Lines, CSV or TSV with a text and a label in each row."),
    ],
    target: Annotated[Path, typer.Option("--to", help="Directory of the new bundle.")],
    text_column: Annotated[str, typer.Option(help="Column or field of the text.")] = "text",
    label_column: Annotated[str, typer.Option(help="Column or field of the label.")] = "label",
) -> None:
    """Fit temperature, bias and the thresholds of abstention to labelled sentences of your own; the network stays as it is."""
    from escalate.errors import require

    require("train", "scipy", "pydantic", "yaml")
    from escalate.bundle import load
    from escalate.data.labelled import OWN
    from escalate.training.recalibrate import recalibrate

    found = recalibrate(load(bundle), data, target, columns=OWN._replace(text=text_column, label=label_column)).manifest
    figures = found.metrics["validation"]
    typer.echo(
        f"calibrated: {target}; on {found.provenance['calibration']['rows']} sentences macro-F1 {figures['macro_f1']:.4f}, "
        f"calibration error {figures['calibration_error']:.4f}, temperature {found.temperature:.3f}, "
        f"bias {', '.join(f'{value:+.3f}' for value in found.bias)}"
    )
