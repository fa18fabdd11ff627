"""Kill `escalate score` twenty times at random moments and compare its output: `python scripts/kill_score.py [TIMES]`."""

import itertools
import json
import sys
import tempfile
from pathlib import Path

from escalate.benchmarks.killing import kill_and_resume
from escalate.benchmarks.own_test import write_results
from escalate.benchmarks.scaling import sentences, write_input
from escalate.bundle import load
from escalate.cli.main import guarded

TARGET = Path("data/results/kill_score.json")
ROWS = 1000


def main() -> None:
    """Kill, compare, and write the results file."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "input.jsonl"
        write_input(source, itertools.islice(sentences(), ROWS))
        program = [sys.executable, "-c", "from escalate.cli.main import main; main()"]
        command = [*program, "score", str(source), "--out", "{out}", "--shard-rows", "25"]
        found = kill_and_resume(command, Path(folder) / "outs", times)
    found = {"bundle": load().sha256, "rows": ROWS, "seed": 13, **found}
    write_results(found, TARGET, f"python scripts/kill_score.py {times}")
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    guarded(main)
