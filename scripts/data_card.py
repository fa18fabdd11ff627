"""Write the tables and the plot of data/README.md from data/results/check.json: `python scripts/data_card.py`."""

import json
from pathlib import Path

from escalate.cli.main import guarded
from escalate.report.data_card import agreement_table, counts_tables, keywords_sentence, polarity_sentence, variety_table
from escalate.report.markdown import fill
from escalate.report.plots import counts_plot

CARD = Path("data/README.md")


def main() -> None:
    """Fill in the marked parts of the card."""
    figures = json.loads(Path("data/results/check.json").read_text(encoding="utf-8"))
    parts = {
        "counts": counts_tables(figures["counts"]),
        "agreement": agreement_table(figures["agreement"]),
        "polarity": polarity_sentence(figures["polarity"]),
        "variety": variety_table(figures["diversity"]),
        "keywords": keywords_sentence(figures["keywords"]),
    }
    fill(CARD, parts)
    counts_plot(figures["counts"], Path("data/results/counts.svg"))


if __name__ == "__main__":
    guarded(main)
