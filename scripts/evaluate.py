"""Measure the shipped bundles on the test split, the default one from every side: `python scripts/evaluate.py`."""

from pathlib import Path

from escalate.benchmarks.own_test import compare, write_results
from escalate.bundle import shipped
from escalate.cli.main import guarded
from escalate.evaluation.suite import suite, write_result
from escalate.predict import Predictor
from escalate.report.evaluation import write_page

SENTENCES = Path("data/sentences")
RESULTS = Path("data/results")
COMMAND = "python scripts/evaluate.py"


def main() -> None:
    """Write the comparison (test.json), the whole evaluation (evaluation.json) and a page on it (evaluation.html)."""
    predictors = [Predictor.load(name) for name in shipped()]
    predictor = predictors[0]
    train = [Path(path) for path in predictor.bundle.manifest.provenance["config"]["data"]["train"]]
    write_results(compare(predictors, train, SENTENCES / "test.jsonl"), RESULTS / "test.json", COMMAND)
    found = suite(
        predictor,
        SENTENCES / "test.jsonl",
        sample=10_000,  # all of them
        contrast=Path("data/contrast.jsonl"),
        polarity=Path("data/annotations/polarity.jsonl"),
        validation=SENTENCES / "validation.jsonl",
    )
    found = {"command": COMMAND, **found}
    write_result(found, RESULTS / "evaluation.json")
    write_page(found, RESULTS / "evaluation.html")


if __name__ == "__main__":
    guarded(main)
