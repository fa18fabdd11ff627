"""`escalate average`: one run from several, by the mean of their weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    runs: Annotated[list[Path], typer.Argument(exists=True, file_okay=False, help="Finished runs that differ in the seed.")],
    output: Annotated[Path, typer.Option(file_okay=False, help="Directory of the new run.")],
) -> None:
    """Average the weights of runs of several seeds; the result is a run that can be exported."""
    from escalate.errors import require

    require("train", "torch", "transformers", "pydantic", "yaml")
    from escalate.training.averaging import average

    run = average(runs, output)
    figures = ", ".join(f"{part['macro_f1']:.4f}" for part in run.results["averaged"].values() if part["macro_f1"] is not None)
    found = run.results["validation"].get("macro_f1")
    measured = f"; validation macro-F1 {found:.4f} (the runs: {figures})" if found is not None else ""
    typer.echo(f"averaged: {run.path}{measured}; make a bundle of it with: escalate export {run.path}")
