"""Compare the shipped bundle with the baselines on the test split: `python scripts/evaluate.py`."""

from pathlib import Path

from escalate.benchmarks.own_test import compare, write_results
from escalate.cli.main import guarded
from escalate.predict import Predictor

SENTENCES = Path("data/sentences")
TARGET = Path("data/results/test.json")


def main() -> None:
    """Compare, and write the results file."""
    predictor = Predictor.load()
    train = [Path(path) for path in predictor.bundle.manifest.provenance["config"]["data"]["train"]]
    write_results(compare(predictor, train, SENTENCES / "test.jsonl"), TARGET, "python scripts/evaluate.py")


if __name__ == "__main__":
    guarded(main)
