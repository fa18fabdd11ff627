"""Labelled texts as training and evaluation read them: JSON Lines, CSV or TSV with a text and a label in each row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from escalate.delimiter import Separated, separated
from escalate.errors import DataError
from escalate.labels import UNCLEAR
from escalate.reading import LONGEST, header_of


class LabelledText(NamedTuple):
    """A text, the index of its label, its article (its own file and line where none is named), and its other fields."""

    text: str
    target: int
    article: str
    fields: Mapping[str, Any] = MappingProxyType({})


class Columns(NamedTuple):
    """The names of the fields or columns that are read; other ones are not looked at."""

    text: str = "text"
    label: str = "label"
    article: str = "article_id"


OWN: Final = Columns()
"""The columns of the project's own files."""


def read_labelled(path: Path, labels: Sequence[str], columns: Columns = OWN) -> tuple[list[LabelledText], int]:
    """Read the labelled texts of a file.

    Args:
        path: A .csv (also with semicolons or tabs) or .tsv file with a header, or any other file as JSON Lines; fields beyond
            those of `columns` are kept in `fields` and not looked at.
        labels: The labels in the order of the model's outputs.
        columns: Where text, label and perhaps the article stand.

    Returns:
        The texts in order, and the number of rows left out because they are labelled "unclear".

    Raises:
        DataError: If the file cannot be read, a row does not fit or nothing is left; names file, line and field.
    """
    index = {label: position for position, label in enumerate(labels)}
    rows: list[LabelledText] = []
    unclear = 0
    for number, row in _records(path, columns):
        text, label = row[columns.text], _label(row[columns.label])
        if not isinstance(text, str) or not text.strip():
            raise DataError(f"{path}:{number}: field '{columns.text}' must be a string that is not blank")
        if label == UNCLEAR and UNCLEAR not in index:
            unclear += 1
        elif isinstance(label, str) and label in index:
            others = {name: value for name, value in row.items() if name not in columns}
            article = row.get(columns.article)
            named = str(article) if is_name(article) else f"{path}:{number}"
            rows.append(LabelledText(text, index[label], named, others))
        else:
            raise DataError(f"{path}:{number}: field '{columns.label}': {label!r} is none of {', '.join(labels)}")
    if not rows:
        raise DataError(f"{path}: no labelled rows")
    return rows, unclear


def labels_in(paths: Sequence[Path], columns: Columns = OWN) -> list[str]:
    """Return the labels that files use, in alphabetical order; "unclear" is not one of them.

    Args:
        paths: Files as `read_labelled` takes them.
        columns: Where text and label stand.

    Returns:
        The distinct labels.

    Raises:
        DataError: If a file cannot be read, a label is blank or no string or whole number, or two differ only by white space.
    """
    found: dict[str, str] = {}
    for path in paths:
        for number, row in _records(path, columns):
            label = _label(row[columns.label])
            if not isinstance(label, str) or not label.strip():
                raise DataError(f"{path}:{number}: field '{columns.label}' holds {label!r}, expected a label")
            if found.setdefault(label.strip(), label) != label:
                raise DataError(
                    f"{path}:{number}: field '{columns.label}': {label!r} and {found[label.strip()]!r} differ only by white "
                    "space around them; write one of them everywhere"
                )
    return sorted(set(found.values()) - {UNCLEAR})


def texts_in(path: Path, columns: Columns = OWN) -> list[str]:
    """Read the texts of a file, labelled or not.

    Args:
        path: A file as `read_labelled` takes it; the label may be missing.
        columns: Where the text stands.

    Returns:
        The texts in order.

    Raises:
        DataError: If the file cannot be read or a row has no text; names file and line.
    """
    texts = []
    for number, row in _records(path, columns._replace(label=columns.text)):
        if not isinstance(row[columns.text], str):
            raise DataError(f"{path}:{number}: field '{columns.text}' must be a string")
        texts.append(row[columns.text])
    return texts


def _label(value: Any) -> Any:
    """A code such as 3 is the label "3", as it would be in a table."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def is_name(value: Any) -> bool:
    """Say whether a field holds a name or a code: an empty cell comes as null, as NaN or as a blank string.

    Args:
        value: What a row holds.

    Returns:
        Whether there is something; 0 is.
    """
    return value is not None and value == value and bool(str(value).strip())


def _records(path: Path, columns: Columns) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; convert the file to UTF-8") from error
    if (kind := path.suffix.lower()) not in (".csv", ".tsv"):
        return _json_lines(path, content, columns)
    lines = iter(io.StringIO(content, newline=""))
    table = Separated("\t", lines, 0) if kind == ".tsv" else separated(lines, [columns.text, columns.label])
    return _table(path, table, columns)


def _json_lines(path: Path, content: str, columns: Columns) -> Iterator[tuple[int, dict[str, Any]]]:
    # Not splitlines: JSON allows the line separator U+2028 inside a string.
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            _ = row[columns.text], row[columns.label]
        except (ValueError, KeyError, TypeError) as error:
            expected = f"'{columns.text}' and '{columns.label}'"
            raise DataError(f"{path}:{number}: expected a JSON object with {expected}: {error!r}") from error
        yield number, row


def _table(path: Path, table: Separated, columns: Columns) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(LONGEST)
    reader = csv.reader(table.lines, delimiter=table.delimiter, strict=True)
    header = header_of(path, reader) or []
    for column in (columns.text, columns.label):
        if column not in header:
            present = f"{', '.join(map(repr, header))} (separated by {table.delimiter!r})" if header else "none"
            raise DataError(f"{path}: no column {column!r}; there are {present}")
    try:
        for row in reader:
            if not row:
                continue
            line = table.before + reader.line_num
            if len(row) != len(header):
                raise DataError(f"{path}:{line}: {len(row)} fields, the header has {len(header)}; check the quotes")
            yield line, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise DataError(f"{path}:{table.before + reader.line_num}: not a readable table: {error}") from error
