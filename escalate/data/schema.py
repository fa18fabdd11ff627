"""The labelled sentence: fields, allowed values, and reading and writing of JSON Lines files of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from escalate.errors import DataError
from escalate.labels import CODES, LABELS, UNCLEAR, label_of
from escalate.target import whole
from escalate.text import iso_day, normalise

SPLITS: Final = ("train", "validation", "test")

Region = Literal["Africa", "Americas", "Asia", "Europe", "Middle East", "Oceania", "World"]
SourceType = Literal[
    "wire", "feature", "tabloid", "communique", "press-release", "live", "analysis", "radio", "local", "history"
]
Kind = Literal[
    "interstate", "civil-war", "coup", "insurgency", "communal", "nuclear", "border", "economic", "cyber", "hostage",
    "protest", "peace-process", "arms-control", "none",
]  # fmt: skip

_SHOWN_ERRORS = 20

Record = TypeVar("Record", bound=BaseModel)


class Article(BaseModel):
    """One written article, as its author left it.

    `kind` is the kind of conflict that the article is about and `conflict` the name of the conflict; both are "none" for an
    article on something else.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(min_length=1)
    date: str
    conflict: str = Field(min_length=1)
    kind: Kind
    region: Region
    source_type: SourceType
    text: str = Field(min_length=1)

    @field_validator("date")
    @classmethod
    def _iso(cls, value: str) -> str:
        return iso_day(value)


class Sentence(BaseModel):
    """One labelled sentence of an article.

    `id` is the article's id and the sentence's position in it, counted from 0. `label` and `code` are the decided ones; a
    row on which careful readers cannot agree has the label "unclear" and no code. `annotators` holds what each annotator
    said, name -> label.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    article_id: str = Field(min_length=1)
    position: int = Field(ge=0)
    date: str
    conflict: str = Field(min_length=1)
    kind: Kind
    region: Region
    source_type: SourceType
    text: str = Field(min_length=1)
    label: str
    code: str | None
    annotators: dict[str, str]

    @field_validator("date")
    @classmethod
    def _iso(cls, value: str) -> str:
        return iso_day(value)

    @field_validator("text")
    @classmethod
    def _normal(cls, value: str) -> str:
        if value != normalise(value):
            raise ValueError("not normalised (control characters, doubled spaces or compatibility forms)")
        return value

    @field_validator("label")
    @classmethod
    def _known_label(cls, value: str) -> str:
        return _label(value)

    @field_validator("code")
    @classmethod
    def _known_code(cls, value: str | None) -> str | None:
        if value is not None and value not in CODES:
            raise ValueError(f"unknown code {value!r}; the codes are {', '.join(CODES)}")
        return value

    @field_validator("annotators")
    @classmethod
    def _known_labels(cls, value: dict[str, str]) -> dict[str, str]:
        for label in value.values():
            _label(label)
        return value

    @model_validator(mode="after")
    def _code_fits_label(self) -> Sentence:
        if (self.label == UNCLEAR) != (self.code is None):
            raise ValueError("field 'code' must be null for an unclear row, and only there")
        if self.code is not None and label_of(self.code) != self.label:
            raise ValueError(f"code {self.code} belongs to {label_of(self.code)}, but the label is {self.label}")
        return self


def _label(value: str) -> str:
    if value not in (*LABELS, UNCLEAR):
        raise ValueError(f"unknown label {value!r}; the labels are {', '.join((*LABELS, UNCLEAR))}")
    return value


def read_sentences(path: Path) -> list[Sentence]:
    """Read and check a JSON Lines file of labelled sentences.

    Args:
        path: The file.

    Returns:
        The sentences in the file's order.

    Raises:
        DataError: If the file cannot be read or a line is not a valid sentence; names file, line and field of each problem.
    """
    return read_records(path, Sentence)


def read_articles(path: Path) -> list[Article]:
    """Read and check a JSON Lines file of articles.

    Args:
        path: The file.

    Returns:
        The articles in the file's order.

    Raises:
        DataError: If the file cannot be read or a line is not a valid article; names file, line and field of each problem.
    """
    return read_records(path, Article)


def read_records(path: Path, model: type[Record]) -> list[Record]:
    """Read a JSON Lines file whose every line must fit a model and whose ids must be unique.

    Args:
        path: The file.
        model: The pydantic model of a line, with a field `id`.

    Returns:
        One object a line; blank lines are passed over.

    Raises:
        DataError: If the file cannot be read or lines do not fit; lists the problems with file, line and field.
    """
    records: list[Record] = []
    problems: list[str] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            record = model.model_validate_json(line)
        except ValidationError as error:
            for problem in error.errors():
                where = ".".join(map(str, problem["loc"]))
                field = f"field '{where}': " if where else ""
                problems.append(f"{path}:{number}: {field}{problem['msg']}")
            continue
        identity = getattr(record, "id", str(number))
        if identity in first_line:
            problems.append(f"{path}:{number}: field 'id': {identity!r} stands in line {first_line[identity]} already")
        first_line.setdefault(identity, number)
        records.append(record)
    if problems:
        more = f"\n... and {len(problems) - _SHOWN_ERRORS} more" if len(problems) > _SHOWN_ERRORS else ""
        raise DataError("\n".join(problems[:_SHOWN_ERRORS]) + more)
    return records


def write_jsonl(path: Path, records: Iterable[BaseModel | dict[str, Any]]) -> None:
    """Write a JSON Lines file, whole or not at all.

    Args:
        path: The file; its folder is made where it is missing.
        records: One object a line.

    Raises:
        DataError: If the file cannot be written.
    """
    with whole(path) as partial, partial.open("w", encoding="utf-8") as file:
        for record in records:
            content = record if isinstance(record, dict) else record.model_dump()
            file.write(json.dumps(content, ensure_ascii=False) + "\n")


def _lines(path: Path) -> list[str]:
    try:
        # Not splitlines: JSON allows the line separator U+2028 inside a string.
        return path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; convert the file to UTF-8") from error
