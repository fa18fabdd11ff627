"""Polarity of neutral sentences: whether what they speak of is conflict or cooperation, as readers saw it."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from escalate.data.schema import read_records

Polarity: TypeAlias = Literal["conflict", "cooperation", "neither"]

TOWARDS_CONFLICT: Final = MappingProxyType({"conflict": 1.0, "neither": 0.5, "cooperation": 0.0})
"""Where a polarity lies between cooperation (0) and conflict (1)."""


class PolarityReading(BaseModel):
    """What readers said of a sentence that is neutral as a signal, keyed by the hash of its text: reader -> polarity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[0-9a-f]{16}$")
    readers: dict[str, Polarity] = Field(min_length=1)


def read_polarity(path: Path) -> dict[str, float]:
    """Read the polarity of sentences.

    Args:
        path: JSON Lines of `PolarityReading`.

    Returns:
        Hash of a text (`escalate.text.sentence_hash`) -> the mean over its readers, from 0 (cooperation) to 1 (conflict).

    Raises:
        DataError: If the file cannot be read, a line does not fit or a hash stands there twice; names file, line and field.
    """
    return {
        reading.id: sum(TOWARDS_CONFLICT[said] for said in reading.readers.values()) / len(reading.readers)
        for reading in read_records(path, PolarityReading)
    }
