"""Train variants over seeds: `python scripts/recipes.py [configs/recipes.yaml] [key=value ...]`; killed, it goes on.

Writes data/results/recipes.json and the table in CONTRIBUTING.md, or with `--results FILE` that file alone.
"""

import logging
from pathlib import Path
from typing import Annotated

import typer

from escalate.benchmarks.own_test import write_results
from escalate.cli.main import guarded
from escalate.report.markdown import fill
from escalate.report.recipes import recipes_table
from escalate.training.config import read_config
from escalate.training.recipes import RecipesConfig, compare_recipes

RESULTS, DOCUMENT = Path("data/results/recipes.json"), Path("CONTRIBUTING.md")


def main(
    config: Annotated[Path, typer.Argument(exists=True, dir_okay=False)] = Path("configs/recipes.yaml"),
    overrides: Annotated[list[str] | None, typer.Argument()] = None,
    results: Annotated[Path | None, typer.Option(help="Write here, and leave the document alone.")] = None,
) -> None:
    """Train, measure and write."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given = [config.as_posix(), *(overrides or ())]
    found = compare_recipes(read_config(config, RecipesConfig, overrides or ()))
    command = " ".join(["python scripts/recipes.py", *given])
    write_results(found, results or RESULTS, command)
    if results is None:
        fill(DOCUMENT, {"recipes": recipes_table({"command": command, **found})})


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
