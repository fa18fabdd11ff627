"""Time the trainer beside a plain Trainer: `python scripts/training_speed.py`.

Three seeds of an epoch on 2,000 rows with the settings of configs/train/plain.yaml: some ten minutes on two cores, on which
nothing else should run. Writes data/results/training_speed.json.
"""

import logging
import sys
from pathlib import Path

from escalate.benchmarks.own_test import write_results
from escalate.benchmarks.speed.training import compare_training
from escalate.cli.main import guarded
from escalate.report.training_speed import training_speed_table
from escalate.training.config import load_config

TARGET = Path("data/results/training_speed.json")
CONFIG = Path("configs/train/plain.yaml")
SEEDS = [13, 14, 15]
SETTINGS = [
    "data.sample=2000",
    "data.validation=[data/sentences/open_text_validation.jsonl]",
    "optimisation.epochs=1",
    "optimisation.patience=1",
    "optimisation.learning_rate=1.5e-4",  # at plain.yaml's rate an epoch of so few rows teaches next to nothing
    "optimisation.precision=auto",
]


def main() -> None:
    """Measure, write the results file, and show the figures."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("escalate").setLevel(logging.INFO)
    found = compare_training(load_config(CONFIG, SETTINGS), SEEDS)
    write_results(found, TARGET, "python scripts/training_speed.py")
    sys.stdout.write(f"{training_speed_table(found)}\n")


if __name__ == "__main__":
    guarded(main)
