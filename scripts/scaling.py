"""Measure `escalate score`: `python scripts/scaling.py [ROWS ...]`; without rows 1000, 10000 and 100000."""

import sys
import tempfile
from pathlib import Path

from escalate.benchmarks.own_test import write_results
from escalate.benchmarks.scaling import measure
from escalate.cli.main import guarded
from escalate.report.scaling import archive_plan, scaling_table

TARGET = Path("data/results/scaling.json")
ROWS = [1_000, 10_000, 100_000]
WORKERS = [1, 2]


def main() -> None:
    """Measure, write the results file, and show the figures and the plan for an archive."""
    rows = [int(count) for count in sys.argv[1:]] or ROWS
    with tempfile.TemporaryDirectory() as folder:
        found = measure(rows, WORKERS, Path(folder))
    write_results(found, TARGET, " ".join(["python scripts/scaling.py", *map(str, rows)]))
    sys.stdout.write(f"{scaling_table(found)}\n\n{archive_plan(found)}\n")


if __name__ == "__main__":
    guarded(main)
