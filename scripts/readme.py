"""Write what the README shows: true output of its commands and figures from the results file. `python scripts/readme.py`."""

import json
import subprocess
import sys
from pathlib import Path

from escalate.cli.main import guarded
from escalate.labels import LABELS
from escalate.report.benchmark import summary_table
from escalate.report.markdown import between_marks, comparison_table, evaluation_table, history_sentence
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
TRANSFER = [Path(f"data/results/benchmark/{name}.json") for name in ("cameo_class_transfer", "plv", "icbe", "un_quad")]
ARTICLE = "data/examples/border-truce.txt"
SPEED = Path("data/results/speed.json")


def output_of(*arguments: str) -> str:
    """Return what a command prints."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout.rstrip()


def main() -> None:
    """Fill in the marked parts of the README."""
    program = "from escalate.cli.main import main; main()"
    results = json.loads(Path("data/results/test.json").read_text(encoding="utf-8"))
    evaluation = json.loads(Path("data/results/evaluation.json").read_text(encoding="utf-8"))
    parts = {
        "article": f"```\n{output_of('-c', program, 'article', ARTICLE)}\n```",
        "predict": f"```python\n{EXAMPLE}```\n```\n{output_of('-c', EXAMPLE)}\n```",
        "test": comparison_table(results, LABELS),
        "evaluation": evaluation_table(evaluation),
        "history": history_sentence(json.loads(Path("data/results/history.json").read_text(encoding="utf-8"))),
        "transfer": summary_table([json.loads(path.read_text(encoding="utf-8")) for path in TRANSFER if path.is_file()]),
    }
    if SPEED.is_file():
        speed, plot = json.loads(SPEED.read_text(encoding="utf-8")), SPEED.with_suffix(".svg")
        speed_plot(speed, plot)
        parts["speed"] = f"{speed_table(speed)}\n\n![Quality against speed]({plot.as_posix()})"
    document = README.read_text(encoding="utf-8")
    for name, content in parts.items():
        document = between_marks(document, name, content)
    README.write_text(document, encoding="utf-8")


if __name__ == "__main__":
    guarded(main)
