"""Contrast sets: groups of minimally different sentences (Gardner et al., Findings of EMNLP 2020)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from escalate.data.schema import read_records
from escalate.labels import CODES, label_of

PHENOMENA: Final = (
    "negation",
    "decided refusal",
    "conditional",
    "threat against report",
    "offer against demand",
    "tense and background",
    "quotation and attribution",
    "ally restraining ally",
    "support for an attack",
    "friendly cooperation",
    "figurative war words",
    "intercepted attack",
    "failed talks",
    "partial withdrawal",
    "mixed sentence",
    "actor swap",
    "active and passive",
    "long sentence",
)


class Contrast(BaseModel):
    """One sentence of a group with its only right code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    code: str

    @field_validator("code")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in CODES:
            raise ValueError(f"unknown code {value!r}; the codes are {', '.join(CODES)}")
        return value

    @property
    def label(self) -> str:
        """The right label."""
        return label_of(self.code)


class Group(BaseModel):
    """Two to four sentences that test one phenomenon."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    phenomenon: str
    sentences: tuple[Contrast, ...] = Field(min_length=2, max_length=4)

    @field_validator("phenomenon")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in PHENOMENA:
            raise ValueError(f"unknown phenomenon {value!r}; known are {', '.join(PHENOMENA)}")
        return value


def read_groups(path: Path) -> list[Group]:
    """Read contrast sets.

    Args:
        path: A JSON Lines file of `Group`.

    Returns:
        The groups in the file's order.

    Raises:
        DataError: If the file cannot be read or a line does not fit.
    """
    return read_records(path, Group)


def contrast_scores(groups: Sequence[Group], said: Sequence[str]) -> dict[str, Any]:
    """Score labels on contrast sets.

    Args:
        groups: The groups.
        said: The label given to each sentence, the groups' sentences in order.

    Returns:
        "sentences" (share of right labels), "groups" (share of groups wholly right), and "phenomena": phenomenon -> the same
        two shares and the number of groups.

    Raises:
        ValueError: If there is not one label a sentence.
    """
    if len(said) != sum(len(group.sentences) for group in groups):
        raise ValueError("one label a sentence is needed")
    labels = iter(said)
    right = [[next(labels) == sentence.label for sentence in group.sentences] for group in groups]
    by_phenomenon: dict[str, list[list[bool]]] = defaultdict(list)
    for group, found in zip(groups, right, strict=True):
        by_phenomenon[group.phenomenon].append(found)
    return {**_shares(right), "phenomena": {name: _shares(found) for name, found in sorted(by_phenomenon.items())}}


def _shares(right: Sequence[Sequence[bool]]) -> dict[str, float]:
    sentences = [value for group in right for value in group]
    return {
        "sentences": sum(sentences) / max(len(sentences), 1),
        "groups": sum(all(group) for group in right) / max(len(right), 1),
        "count": len(right),
    }
