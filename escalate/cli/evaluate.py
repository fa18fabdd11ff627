"""`escalate evaluate`: a bundle on labelled sentences."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from escalate.cli import show
from escalate.cli.article import Format


def command(
    bundle: Annotated[str, typer.Argument(help="Name of a bundle in the package, or a path.")],
    data: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON Lines with text and label.")],
    resamples: Annotated[int, typer.Option(min=10, help="Bootstrap samples for the intervals.")] = 1000,
    output: Annotated[Format, typer.Option("--format", help="json holds every figure.")] = Format.table,
) -> None:
    """Measure macro-F1, F1 of each class, confusion and calibration, with 95% bootstrap intervals."""
    from escalate.evaluation.evaluate import evaluate_file
    from escalate.predict import Predictor

    found = evaluate_file(Predictor.load(bundle), data, resamples=resamples)
    if output is Format.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        _print(found, data)


def _print(found: dict[str, Any], data: Path) -> None:
    screen = show.console()
    intervals = found["intervals"]
    screen.print(f"{found['bundle']} on {data}: {found['rows']} sentences of {found['articles']} articles", style="bold")
    if found["unclear"]:
        screen.print(f"{found['unclear']} rows labelled unclear are left out")
    for name, key in (("macro-F1", "macro_f1"), ("accuracy", "accuracy"), ("calibration error", "calibration_error")):
        low, high = intervals[key]
        screen.print(f"{name:<18} {found[key]:.3f}  [{low:.3f}, {high:.3f}]", markup=False)
    table = Table(box=None, pad_edge=False, header_style="bold", title="rows: right label", title_justify="left")
    labels = list(found["per_class"])
    for column in ("label", "precision", "recall", "F1", "95% interval", "n", *(f"said {label}" for label in labels)):
        table.add_column(column, justify="left" if column == "label" else "right", no_wrap=column == "label")
    for label, counts in zip(labels, found["confusion"], strict=True):
        row = found["per_class"][label]
        low, high = intervals[f"f1_{label}"]
        figures = [f"{row[key]:.3f}" for key in ("precision", "recall", "f1")]
        table.add_row(label, *figures, f"{low:.3f}-{high:.3f}", str(row["support"]), *map(str, counts))
    screen.print(table)
