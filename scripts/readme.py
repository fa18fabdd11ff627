"""Write what the README shows: true output of its commands and figures from the results file. `python scripts/readme.py`."""

import json
import subprocess
import sys
from pathlib import Path

from escalate.bundle import LAYOUT, SHIPPED, sha256_of, shipped
from escalate.cli.main import guarded
from escalate.labels import LABELS
from escalate.report.benchmark import benchmark_table, summary_table
from escalate.report.markdown import comparison_table, evaluation_table, fill, history_sentence, with_age
from escalate.report.speed import speed_table
from escalate.report.speed_plot import speed_plot

README = Path("README.md")
EXAMPLE = """\
import escalate

p = escalate.predict("Rebels shelled the capital.")
print(p.label, round(p.score, 2), p.probabilities)
for p in escalate.predict(["Both armies stopped firing at midnight.", "The museum reopens in spring."]):
    print(p.label, round(p.probabilities[p.label], 2))
"""
TRANSFER = [f"benchmark/{name}" for name in ("cameo_class_transfer", "plv", "icbe", "un_quad")]
RESULTS = ["test", "evaluation", "history", "speed", "benchmark/cameo_class", *TRANSFER]
ARTICLE = "data/examples/border-truce.txt"
SPEED_PLOT = Path("data/results/speed.svg")


def output_of(*arguments: str) -> str:
    """Return what a command prints."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout.rstrip()


def main() -> None:
    """Fill in the marked parts of the README."""
    program = "from escalate.cli.main import main; main()"
    files = (Path(f"data/results/{name}.json") for name in RESULTS)
    test, evaluation, history, speed, folds, *transfer = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    speed_plot(speed, SPEED_PLOT)
    packed = [sha256_of(SHIPPED / name / LAYOUT.manifest) for name in shipped()]
    parts = {
        "article": f"```\n{output_of('-c', program, 'article', ARTICLE)}\n```",
        "predict": f"```python\n{EXAMPLE}```\n```\n{output_of('-c', EXAMPLE)}\n```",
        "test": with_age(comparison_table(test, LABELS), [test], packed),
        "evaluation": with_age(evaluation_table(evaluation), [evaluation], packed),
        "history": with_age(history_sentence(history), [history], packed),
        "transfer": with_age(summary_table(transfer), transfer, packed),
        "supervised": benchmark_table(folds),
        "speed": with_age(f"{speed_table(speed)}\n\n![Quality against speed]({SPEED_PLOT.as_posix()})", [speed], packed),
    }
    fill(README, parts)


if __name__ == "__main__":
    guarded(main)
