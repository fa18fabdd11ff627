"""Labels by a person at a terminal, saved after each sentence; and Label Studio's JSON both ways."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from escalate.errors import DataError
from escalate.labels import CODES, UNCLEAR, label_of

SKIP: Final = "s"
QUIT: Final = "q"
_UNCLEAR_KEY: Final = "u"


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read sentences: JSON Lines whose objects have "id" and "text".

    Args:
        path: The file.

    Returns:
        The rows.

    Raises:
        DataError: If the file cannot be read or a line does not fit.
    """
    rows = []
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            row["id"], row["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}:{number}: expected an object with 'id' and 'text': {error!r}") from error
        rows.append(row)
    return rows


def annotate(rows: Sequence[dict[str, Any]], target: Path, annotator: str, ask: Callable[[str], str]) -> int:
    """Ask for the code of each sentence that this annotator has not labelled yet.

    Each answer is on disk before the next question: a break at any moment loses nothing.

    Args:
        rows: Sentences with "id" and "text".
        target: JSON Lines file that the answers are added to.
        annotator: Name of the annotator.
        ask: Shows a prompt and returns the answer: a code such as "E1", "u" for unclear, "s" to skip, "q" to stop.

    Returns:
        Number of sentences labelled now.
    """
    done = {row["id"] for row in read_rows(target) if row.get("annotator") == annotator} if target.exists() else set()
    labelled = 0
    for row in rows:
        if row["id"] in done:
            continue
        answer = _answer(f"{row['text']}\n[{row['id']}] code, u(nclear), s(kip), q(uit): ", ask)
        if answer == QUIT:
            break
        if answer == SKIP:
            continue
        code = None if answer == _UNCLEAR_KEY else answer.upper()
        append_label(target, row, annotator, code)
        labelled += 1
    return labelled


def append_label(target: Path, row: dict[str, Any], annotator: str, code: str | None) -> None:
    """Add one label to a file and force it to disk.

    Args:
        target: The JSON Lines file.
        row: The sentence, with "id" and "text" and perhaps more.
        annotator: Name of the annotator.
        code: The code; None for unclear.
    """
    kept = {key: value for key, value in row.items() if key not in ("label", "code", "annotator")}
    label = UNCLEAR if code is None else label_of(code)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**kept, "label": label, "code": code, "annotator": annotator}, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _answer(prompt: str, ask: Callable[[str], str]) -> str:
    while True:
        answer = ask(prompt).strip()
        if answer.lower() in (SKIP, QUIT, _UNCLEAR_KEY):
            return answer.lower()
        if answer.upper() in CODES:
            return answer
        prompt = f"no code {answer!r}; the codes are {', '.join(CODES)}: "


def to_label_studio(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return sentences as Label Studio tasks; one that has a code already carries it as a prediction.

    Args:
        rows: Sentences with "id" and "text", and perhaps "code".

    Returns:
        Tasks for Label Studio's import; use them with `LABELLING_CONFIG`.
    """
    tasks = []
    for row in rows:
        data = {key: value for key, value in row.items() if key not in ("label", "code", "annotators", "annotator")}
        task: dict[str, Any] = {"data": data}
        if row.get("code"):
            task["predictions"] = [{"result": [_choice(row["code"])]}]
        tasks.append(task)
    return tasks


def from_label_studio(tasks: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the labels of a Label Studio export.

    Args:
        tasks: The export ("JSON" format).
        name: Name of the file, for error messages.

    Returns:
        One row per annotation: the task's data with "label", "code" and "annotator". Cancelled annotations are left out.

    Raises:
        DataError: If a task has no sentence or an annotation no known code; names the task.
    """
    rows = []
    for number, task in enumerate(tasks, start=1):
        data = task.get("data", {}) if isinstance(task, dict) else {}
        if "id" not in data or "text" not in data:
            raise DataError(f"{name}: task {number} has no data with 'id' and 'text'")
        for annotation in task.get("annotations", []):
            if annotation.get("was_cancelled"):
                continue
            values = [result.get("value", {}) for result in annotation.get("result", [])]
            choices = [choice for value in values for choice in value.get("choices", [])]
            if len(choices) != 1 or choices[0] not in (*CODES, UNCLEAR):
                raise DataError(f"{name}: task {number} ({data['id']}): expected one code, found {choices}")
            code = None if choices[0] == UNCLEAR else choices[0]
            label = UNCLEAR if code is None else label_of(code)
            by = annotation.get("completed_by", "unknown")
            by = by.get("email", by.get("id", "unknown")) if isinstance(by, dict) else by
            rows.append({**data, "label": label, "code": code, "annotator": str(by)})
    return rows


def _choice(code: str) -> dict[str, Any]:
    return {"from_name": "code", "to_name": "text", "type": "choices", "value": {"choices": [code]}}


LABELLING_CONFIG: Final = (
    '<View><Text name="text" value="$text"/><Choices name="code" toName="text" choice="single" showInLine="true">'
    + "".join(f'<Choice value="{code}" hint="{title}"/>' for code, title in CODES.items())
    + f'<Choice value="{UNCLEAR}"/></Choices></View>'
)
"""The labelling interface for Label Studio that `to_label_studio` and `from_label_studio` go with."""
