"""Annotations: what each annotator said of a sentence, what was decided, and how far the annotators agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from escalate.data.schema import read_records
from escalate.errors import DataError
from escalate.labels import CODES, LABELS, UNCLEAR, label_of


class Decision(BaseModel):
    """What a third annotator decided where the first two gave different labels, and why; no code means unclear."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    annotator: str = Field(min_length=1)
    code: str | None
    reason: str = Field(min_length=1)

    @field_validator("code")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        return _known_code(value)


class Annotation(BaseModel):
    """The annotations of one sentence.

    `id` is the sentence's id, `hash` the hash of its text, so that a changed text cannot keep an old label. `votes` holds two
    annotators' codes, null for "unclear". Where the labels of the two codes differ there is a decision.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    hash: str = Field(pattern=r"^[0-9a-f]{16}$")
    votes: dict[str, str | None] = Field(min_length=2, max_length=2)
    decision: Decision | None = None

    @field_validator("votes")
    @classmethod
    def _known(cls, value: dict[str, str | None]) -> dict[str, str | None]:
        for code in value.values():
            _known_code(code)
        return value

    @model_validator(mode="after")
    def _decided(self) -> Annotation:
        first, second = self.labels.values()
        if first != second and self.decision is None:
            raise ValueError(f"the annotators say {first} and {second}, but there is no decision")
        if self.decision is not None and self.decision.annotator in self.votes:
            raise ValueError(f"{self.decision.annotator} decides on a vote of their own")
        return self

    @property
    def labels(self) -> dict[str, str]:
        """What each of the two annotators said, name -> label."""
        return {name: UNCLEAR if code is None else label_of(code) for name, code in self.votes.items()}

    @property
    def all_labels(self) -> dict[str, str]:
        """What every annotator said, the deciding one included, name -> label."""
        if self.decision is None:
            return self.labels
        return {**self.labels, self.decision.annotator: self.label}

    @property
    def code(self) -> str | None:
        """The decided code; the first annotator's where both codes mean the same label; null for an unclear row."""
        if self.decision is not None:
            return self.decision.code
        return next(iter(self.votes.values()))

    @property
    def label(self) -> str:
        """The decided label."""
        return UNCLEAR if self.code is None else label_of(self.code)


def _known_code(code: str | None) -> str | None:
    if code is not None and code not in CODES:
        raise ValueError(f"unknown code {code!r}; the codes are {', '.join(CODES)}")
    return code


def read_annotations(path: Path) -> dict[str, Annotation]:
    """Read an annotation file.

    Args:
        path: A JSON Lines file of `Annotation`.

    Returns:
        The annotations by sentence id.

    Raises:
        DataError: If the file cannot be read or a line does not fit.
    """
    return {annotation.id: annotation for annotation in read_records(path, Annotation)}


def agreement(annotations: Sequence[Annotation]) -> dict[str, Any]:
    """Measure how far the two annotators of each sentence agree, before any decision.

    "Unclear" counts as a category of its own for the plain agreement and for Cohen's kappa (scikit-learn), and as missing for
    Krippendorff's alpha (the krippendorff package). Kappa takes the first and the second annotator of each sentence as two
    coders although several people may fill each place; alpha does not need that assumption.

    Args:
        annotations: The annotations.

    Returns:
        "rows", "same" (share of equal labels), "kappa", "alpha", "kappa_per_class" (that class against the rest), "unclear"
        (share of rows decided unclear) and "confusions" (pairs of different codes, commonest first).

    Raises:
        DataError: If there is no annotation.
    """
    import krippendorff
    import numpy as np
    from sklearn.metrics import cohen_kappa_score

    if not annotations:
        raise DataError("no annotations to measure agreement on")
    first, second = zip(*(tuple(annotation.labels.values()) for annotation in annotations), strict=True)
    reliability = np.array([[np.nan if said == UNCLEAR else LABELS.index(said) for said in coder] for coder in (first, second)])
    confusions = Counter(
        " / ".join(sorted(str(code or "unclear") for code in annotation.votes.values()))
        for annotation in annotations
        if len(set(annotation.labels.values())) > 1
    )
    return {
        "rows": len(annotations),
        "same": sum(a == b for a, b in zip(first, second, strict=True)) / len(annotations),
        "kappa": float(cohen_kappa_score(first, second)),
        "alpha": float(krippendorff.alpha(reliability, level_of_measurement="nominal")),
        "kappa_per_class": {
            label: float(cohen_kappa_score([said == label for said in first], [said == label for said in second]))
            for label in LABELS
        },
        "unclear": sum(annotation.label == UNCLEAR for annotation in annotations) / len(annotations),
        "confusions": dict(confusions.most_common(15)),
    }
