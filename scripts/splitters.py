"""Compare sentence splitters on the gold sentence ends of Wikinews articles: `python scripts/splitters.py SOURCES`.

SOURCES is the folder of the open text (its gum_news is read). Writes data/results/splitters.json and the table in
CONTRIBUTING.md.
"""

import sys
from pathlib import Path

import conllu

from escalate.benchmarks.own_test import write_results
from escalate.benchmarks.splitting import agreement, paragraphs, splitters
from escalate.cli.main import guarded
from escalate.report.markdown import fill

RESULTS, DOCUMENT = Path("data/results/splitters.json"), Path("CONTRIBUTING.md")


def main() -> None:
    """Measure and write."""
    files = sorted(Path(sys.argv[1], "gum_news").glob("*.conllu"))
    articles = [conllu.parse(path.read_text(encoding="utf-8")) for path in files]
    passages = [passage for article in articles for passage in paragraphs([sentence.metadata for sentence in article])]
    results = {
        name: {"as written": agreement(split, passages), "lower-cased": agreement(split, passages, lower=True)}
        for name, split in splitters().items()
    }
    write_results({"articles": len(articles), "splitters": results}, RESULTS, "python scripts/splitters.py SOURCES")
    lines = ["| splitter | precision, recall as written | lower-cased |", "| --- | --- | --- |"]
    for name, cases in results.items():
        cells = [f"{found['precision']:.2f}, {found['recall']:.2f}" for found in cases.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    fill(DOCUMENT, {"splitters": "\n".join(lines)})


if __name__ == "__main__":
    guarded(main)
