"""UN quad: sentences of documents of the United Nations in quad classes, or irrelevant.

Upstream numbers the classes in alphabetical order after 0 for irrelevant, whatever the note beside the file says.
"""

from __future__ import annotations

from pathlib import Path

from escalate.benchmarks.task import CONFLICT, COOPERATION, NEITHER, Published, Row, Source, Task
from escalate.data.tables import field_of, read_table
from escalate.errors import DataError
from escalate.labels import DE_ESCALATION, ESCALATION, NEUTRAL

_UPSTREAM = {
    "0": "irrelevant",
    "1": "material_conflict",
    "2": "material_cooperation",
    "3": "verbal_conflict",
    "4": "verbal_cooperation",
}
_MEANING = {
    "irrelevant": (NEUTRAL, NEITHER),
    "material_conflict": (ESCALATION, CONFLICT),
    "verbal_conflict": (ESCALATION, CONFLICT),
    "material_cooperation": (DE_ESCALATION, COOPERATION),
    "verbal_cooperation": (DE_ESCALATION, COOPERATION),
}
_PAPER = "keep_it_local, its own report"


def read(path: Path, _half: str) -> list[Row]:
    """Read `text` and `quad`, in upstream's file `en` and `QuadClass`."""
    rows = []
    for number, row in enumerate(read_table(path), start=1):
        code = field_of(row, ("quad", "QuadClass"), path)
        name = _UPSTREAM.get(code, code)
        if name not in _MEANING:
            raise DataError(f"{path}: row {number}: class {code!r} is none of {', '.join((*_UPSTREAM, *_MEANING))}")
        text = field_of(row, ("text", "en"), path)
        rows.append(Row(text, name, *_MEANING[name], text))
    return rows


TASK = Task(
    "un_quad",
    "Transfer to UN quad (UN documents)",
    Source(
        "javierosorio/keep_it_local",
        "9adc00fd46dfbe0a27b6bbf3daddcda226d0863e",
        {
            "dev": "1_data/en/quadclass/en_annotations_quad_multiclass.tsv",
            "test": "1_data/en/quadclass/en_annotations_quad_multiclass.tsv",
        },
        "MIT; text from the UN Parallel Corpus",
        divided=False,
    ),
    read,
    classes={name: name.replace("_", " ") for name in _MEANING},
    published=(
        Published("BERT, trained on it", "five-class macro-F1", 0.640, _PAPER),
        Published("RoBERTa, trained on it", "five-class macro-F1", 0.659, _PAPER),
        Published("ConfliBERT, trained on it", "five-class macro-F1", 0.669, _PAPER),
    ),
)
