"""Train a model: `python scripts/train.py configs/train/small.yaml [key=value ...]`, the same as `escalate train`."""

import typer

from escalate.cli.main import guarded
from escalate.cli.train import command

if __name__ == "__main__":
    guarded(lambda: typer.run(command))
