"""Labelled texts as training and evaluation read them: any JSON Lines file with `text` and `label`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from escalate.errors import DataError
from escalate.labels import UNCLEAR


class LabelledText(NamedTuple):
    """A text, the index of its label, its article (its own line where none is named), and its other fields."""

    text: str
    target: int
    article: str
    fields: Mapping[str, Any] = MappingProxyType({})


def read_labelled(path: Path, labels: Sequence[str]) -> tuple[list[LabelledText], int]:
    """Read the labelled texts of a file.

    Args:
        path: A JSON Lines file whose objects have `text`, `label` and perhaps `article_id`; other fields are kept in
            `fields` and not looked at.
        labels: The labels in the order of the model's outputs.

    Returns:
        The texts in order, and the number of rows left out because they are labelled "unclear".

    Raises:
        DataError: If the file cannot be read, a line does not fit or nothing is left; names file, line and field.
    """
    try:
        # Not splitlines: JSON allows the line separator U+2028 inside a string.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; convert the file to UTF-8") from error
    index = {label: position for position, label in enumerate(labels)}
    rows: list[LabelledText] = []
    unclear = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, label = row["text"], row["label"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}:{number}: expected a JSON object with 'text' and 'label': {error!r}") from error
        if not isinstance(text, str) or not text.strip():
            raise DataError(f"{path}:{number}: field 'text' must be a string that is not blank")
        if label == UNCLEAR and UNCLEAR not in index:
            unclear += 1
        elif label in index:
            others = {name: value for name, value in row.items() if name not in ("text", "label", "article_id")}
            rows.append(LabelledText(text, index[label], str(row.get("article_id", number)), others))
        else:
            raise DataError(f"{path}:{number}: field 'label': {label!r} is none of {', '.join(labels)}")
    if not rows:
        raise DataError(f"{path}: no labelled rows")
    return rows, unclear
