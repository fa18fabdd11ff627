"""Run a benchmark: `python scripts/benchmark.py configs/benchmark/plv.yaml`, the same as `escalate benchmark`."""

import typer

from escalate.cli.benchmark import command
from escalate.cli.main import guarded

if __name__ == "__main__":
    guarded(lambda: typer.run(command))
