"""ICBe: sentences of histories of international crises, with human codes of who escalates and who backs down.

Rows count that are coded escalatory and never deescalatory, or the reverse, over `do_kind` (one actor) and
`do_interact_kind` (between actors). No code means no agreed code, not neutral.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from escalate.benchmarks.task import CONFLICT, COOPERATION, Row, Source, Task
from escalate.data.tables import read_table
from escalate.errors import DataError, require

_POLARITY = {"escalatory": CONFLICT, "deescalatory": COOPERATION}
_COLUMNS = ("crisno", "sentence_number", "text", "do_kind", "do_interact_kind")
_UPSTREAM = ("crisno", "sentence_number_int_aligned", "sentence_span_text", "do_kind", "do_interact_kind")


def read(path: Path, half: str) -> list[Row]:
    """Read the table of a half, or upstream's R file of coded events: its even crises are "dev", its odd ones "test"."""
    if path.suffix.lower() != ".rds":
        return _rows(read_table(path), _COLUMNS, path)
    parity = 0 if half == "dev" else 1
    events = [row for row in _r_table(path) if int(float(row["crisno"])) % 2 == parity]
    return _rows(events, _UPSTREAM, path)


def _r_table(path: Path) -> list[dict[str, Any]]:
    require("benchmark", "pyreadr")
    import pyreadr
    from pyreadr.custom_errors import LibrdataError, PyreadrError

    try:
        frame = next(iter(pyreadr.read_r(str(path)).values()))
    except (LibrdataError, PyreadrError) as error:
        raise DataError(f"{path}: not an R file that pyreadr reads: {error}") from error
    missing = [column for column in _UPSTREAM if column not in frame.columns]
    if missing:
        raise DataError(f"{path}: no column {', '.join(missing)}; there are {', '.join(frame.columns)}")
    columns = frame[list(_UPSTREAM)].astype(object)
    records: list[dict[str, Any]] = columns.where(columns.notna(), "").to_dict("records")
    return records


def _rows(table: Iterable[dict[str, Any]], columns: tuple[str, ...], path: Path) -> list[Row]:
    """Join the codes of all events of a sentence; the two forms then give the same rows."""
    sentences: dict[tuple[str, str], tuple[str, set[str]]] = {}
    for row in table:
        if missing := [column for column in columns if column not in row]:
            raise DataError(f"{path}: no column {', '.join(missing)}; there are {', '.join(row)}")
        crisis, number, text, *kinds = (str(row[column]) for column in columns)
        codes = {code.strip() for kind in kinds for code in kind.split(";")}
        sentences.setdefault((crisis, number), (text, set()))[1].update(codes & _POLARITY.keys())
    return [
        Row(text, code, None, _POLARITY[code], crisis)
        for (crisis, _), (text, codes) in sentences.items()
        if len(codes) == 1
        for code in codes
    ]


TASK = Task(
    "icbe",
    "Transfer to ICBe (crisis histories)",
    Source(
        "rexdouglass/ICBeLLM_Old",
        "3bb7b5875c3341c2f37284b01d883a8a98d264c7",
        {"dev": "data_in/ICBe_V1.1_events_agreed.Rds", "test": "data_in/ICBe_V1.1_events_agreed.Rds"},
        "CC BY-NC-SA 4.0: evaluation only",
    ),
    read,
    labels=False,
)
