"""Follow documented crises through the dataset's own articles: `python scripts/history.py` (about two minutes).

Most of these conflicts are in the training split, as the results file says of each: for them this checks the index and not
the model. The crises were chosen with an eye on the plots: an illustration, no estimate of how often an index turns in time.
"""

import json
from pathlib import Path

from escalate.articles.files import read_articles
from escalate.benchmarks.history import CRISES, check, follow
from escalate.benchmarks.own_test import write_results
from escalate.bundle import sha256_of
from escalate.cli.main import guarded
from escalate.intervals import SEED
from escalate.predict import Predictor
from escalate.readings import read
from escalate.report.timeplot import save

ARTICLES = Path("data/articles.jsonl")
TARGET = Path("data/results/history.json")
SHOWN = ("Cuban missile crisis", "Balakot crisis 2019", "Football War", "Corfu incident 1923")


def main() -> None:
    """Write the results file, a plot of each crisis and the picture of the README."""
    predictor = Predictor.load()
    splits = json.loads(Path("data/splits.json").read_text(encoding="utf-8"))
    wanted = {crisis.conflict for crisis in CRISES}
    readings = read(
        [article for article in read_articles([ARTICLES]) if article.conflict in wanted], predictor, apart="conflict"
    )
    panels, results = {}, []
    for crisis in CRISES:
        found = follow(readings, crisis)
        results.append(check(found, crisis, splits[crisis.conflict]))
        title = f"{crisis.conflict}; {crisis.turn}: {crisis.event}"
        panels[crisis.conflict] = (title, found.periods, found.changes)
    save(list(panels.values()), TARGET.with_name("history-all.svg"), columns=2)
    save([panels[name] for name in SHOWN], TARGET.with_suffix(".svg"), columns=2)
    content = {
        "seed": SEED,
        "data": {str(ARTICLES): sha256_of(ARTICLES)},
        "bundle": predictor.bundle.sha256,
        "note": "crises chosen with an eye on the plots; most are in the training split: an illustration, not an estimate",
        "turned": sum(result["turned"] for result in results),
        "crises": results,
    }
    write_results(content, TARGET, "python scripts/history.py")
    print(f"{content['turned']} of {len(results)} crises have a lower index from the documented day on")  # noqa: T201


if __name__ == "__main__":
    guarded(main)
