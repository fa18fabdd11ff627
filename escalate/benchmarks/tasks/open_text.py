"""The open-text test split: sentences of others, labelled by the project's codebook."""

from __future__ import annotations

from pathlib import Path

from escalate.benchmarks.task import Task
from escalate.benchmarks.tasks.own_test import read

TASK = Task("open_text", "Own test split: open text", Path("data/sentences/open_text_test.jsonl"), read)
