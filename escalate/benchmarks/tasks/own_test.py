"""The project's own test split: written articles of conflicts that no written training article is about."""

from __future__ import annotations

from pathlib import Path

from escalate.benchmarks.task import POLARITY, Row, Task
from escalate.data.labelled import read_labelled
from escalate.labels import LABELS


def read(path: Path, _half: str) -> list[Row]:
    """Read a sentence file; rows labelled "unclear" are left out."""
    return [
        Row(row.text, LABELS[row.target], LABELS[row.target], POLARITY[LABELS[row.target]], row.article)
        for row in read_labelled(path, LABELS)[0]
    ]


TASK = Task("own_test", "Own test split: written articles", Path("data/sentences/test.jsonl"), read)
