"""PLV of Zero-Shot-PLOVER: news sentences in PLOVER's quad classes, without a neutral one."""

from __future__ import annotations

from pathlib import Path

from escalate.benchmarks.task import CONFLICT, COOPERATION, Published, Row, Source, Task
from escalate.data.tables import field_of, read_table
from escalate.errors import DataError

CLASSES = {
    "1": "verbal cooperation",
    "2": "material cooperation",
    "3": "verbal conflict",
    "4": "material conflict",
}
_HU = "Hu et al., ACL 2024, table 4"


def read(path: Path, _half: str) -> list[Row]:
    """Read `sentence` and `gold_penta`."""
    rows = []
    for number, row in enumerate(read_table(path), start=1):
        text, code = field_of(row, ("sentence",), path), field_of(row, ("gold_penta",), path)
        if code not in CLASSES:
            raise DataError(f"{path}: row {number}: class {code!r} is none of {', '.join(CLASSES)}")
        rows.append(Row(text, code, None, CONFLICT if code in "34" else COOPERATION, text))
    return rows


TASK = Task(
    "plv",
    "Transfer to PLV (PLOVER, news)",
    Source(
        "snowood1/Zero-Shot-PLOVER",
        "d2d0b0ad3825e98e1a9a3d6b273789baa0ef2bea",
        {"dev": "datasets/PLV_train.tsv", "test": "datasets/PLV_test.tsv"},
        "none stated",
    ),
    read,
    labels=False,
    classes=CLASSES,
    shares=("cameo_class",),
    published=(
        Published("Universal PETRARCH", "binary macro-F1, its test file", 0.808, _HU),
        Published("GPT-3.5", "binary macro-F1, its test file", 0.901, _HU),
        Published("GPT-4", "binary macro-F1, its test file", 0.934, _HU),
        Published("ZSP", "binary macro-F1, its test file", 0.964, _HU),
        Published("ConfliBERT, trained on it", "binary macro-F1, its test file", 0.984, _HU),
    ),
)
