"""Load `escalate serve` beside a plain service, or watch its memory for ten minutes.

`python scripts/load.py [--clients 32] [--seconds 20]`, `python scripts/load.py --soak [--seconds 600]`
"""

import argparse
import json
import sys
from pathlib import Path

from escalate.benchmarks.own_test import write_results
from escalate.benchmarks.serving.load import compare, soak
from escalate.cli.main import guarded

RESULTS = Path("data/results")


def main() -> None:
    """Measure and write the results file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--soak", action="store_true")
    given = parser.parse_args()
    seconds = given.seconds or (600 if given.soak else 20)
    found = (soak if given.soak else compare)(given.clients, seconds)
    target = RESULTS / ("soak.json" if given.soak else "load.json")
    write_results(found, target, " ".join(["python scripts/load.py", *sys.argv[1:]]))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    guarded(main)
