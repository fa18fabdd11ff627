"""`escalate tune`: search for better settings of a training configuration."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer


def command(
    config: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A YAML file such as configs/tune/small.yaml.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="Settings that win, such as trials=5.")] = None,
) -> None:
    """Search settings for the best validation macro-F1; an interrupted search goes on where it was."""
    from escalate.errors import require

    require("tune", "optuna", "torch", "transformers", "datasets", "accelerate", "pydantic", "yaml")
    from escalate.training.config import read_config
    from escalate.training.tune import TuneConfig, tune

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    best = tune(read_config(config, TuneConfig, overrides or ()))
    typer.echo(f"best of {best.trials} trials: validation macro-F1 {best.macro_f1:.4f} with {best.settings}")
    typer.echo(f"the run: {best.run}; its configuration, to train with other seeds: {best.config}")
