"""Tables to score, and what came out of them."""

import json
import sys

import pyarrow.parquet as pq

PROGRAM = [sys.executable, "-c", "from escalate.cli.main import main; main()", "score"]
TEXTS = ["alpha rebels fired", 'the "beta" truce, on monday', "", "gamma\nriver", "army " * 40]
ADDED = ["label", "p_escalation", "p_de-escalation", "p_neutral", "score", "truncated", "empty"]


def write_jsonl(path, rows):
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8")
    return path


def numbered(count):
    return [{"id": number, "text": f"alpha rebels {number}"} for number in range(count)]


def table(summary):
    return pq.read_table(summary.out)


def rejects(summary):
    return [(row["row"], row["reason"]) for row in map(json.loads, summary.rejects.read_text().splitlines())]
