"""cameo_class of the ConfliBERT project: news sentences in five classes of CAMEO.

CAMEO codes what one actor does to another; friendly cooperation is often neutral in the project's codebook. So the fair
measure of transfer is polarity, conflict classes (3, 4) against cooperation classes (1, 2); class 0 stands for neutral.
"""

from __future__ import annotations

from pathlib import Path

from escalate.benchmarks.task import CONFLICT, COOPERATION, NEITHER, Published, Row, Source, Task
from escalate.data.tables import read_table
from escalate.errors import DataError
from escalate.labels import DE_ESCALATION, ESCALATION, NEUTRAL

CLASSES = {
    "0": "statement",
    "1": "verbal cooperation",
    "2": "material cooperation",
    "3": "verbal conflict",
    "4": "material conflict",
}
MEANING = {
    "0": (NEUTRAL, NEITHER),
    "1": (DE_ESCALATION, COOPERATION),
    "2": (DE_ESCALATION, COOPERATION),
    "3": (ESCALATION, CONFLICT),
    "4": (ESCALATION, CONFLICT),
}


def read(path: Path, _half: str) -> list[Row]:
    """Read `text`, `penta`; the upstream file has no header."""
    rows = []
    for number, row in enumerate(read_table(path, ("text", "penta")), start=1):
        if row["penta"] not in CLASSES:
            raise DataError(f"{path}: row {number}: class {row['penta']!r} is none of {', '.join(CLASSES)}")
        rows.append(Row(row["text"], row["penta"], *MEANING[row["penta"]], row["text"]))
    return rows


TASK = Task(
    "cameo_class",
    "Transfer to cameo_class (CAMEO, news)",
    Source(
        "eventdata/ConfliBERT",
        "0b630014885b9597622082034cc5ab5471b57e5b",
        {"dev": "data/cameo_class/train.tsv", "test": "data/cameo_class/test.tsv"},
        "repository GPL-3.0; it says that it does not own the texts",
    ),
    read,
    classes=CLASSES,
    shares=("plv",),
    published=(
        Published("ConfliBERT-scr-uncased, trained on it", "five-class macro-F1, its test file", 0.895, "ConfliBERT-v2"),
        Published("ModernBERT-base, trained on it", "five-class macro-F1, its test file", 0.870, "ConfliBERT-v2"),
    ),
)
