"""Contrast sets: a group is right only if each of its minimally different sentences is."""

from __future__ import annotations

from pathlib import Path

from escalate.benchmarks.task import POLARITY, Row, Task
from escalate.data.contrast import read_groups


def read(path: Path, _half: str) -> list[Row]:
    """Read the groups' sentences in order; a sentence's group is its contrast set."""
    return [
        Row(sentence.text, sentence.code, sentence.label, POLARITY[sentence.label], group.id)
        for group in read_groups(path)
        for sentence in group.sentences
    ]


TASK = Task("contrast", "Contrast sets", Path("data/contrast.jsonl"), read)
