"""`escalate train`: fine-tune from a configuration."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer


def command(
    config: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A YAML file such as configs/train/small.yaml.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="Settings that win, such as optimisation.epochs=3.")] = None,
) -> None:
    """Fine-tune an encoder; an interrupted run goes on after its last whole epoch."""
    from escalate.errors import require

    require("train", "torch", "transformers", "datasets", "accelerate", "pydantic", "yaml")
    from escalate.training.config import load_config
    from escalate.training.train import train

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    run = train(load_config(config, overrides or ()))
    typer.echo(f"trained: {run}; make a bundle of it with: escalate export {run}")
