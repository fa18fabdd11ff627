"""Polarity of neutral sentences: whether what they speak of is conflict or cooperation, as readers saw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from escalate.data.schema import read_records

Polarity: TypeAlias = Literal["conflict", "cooperation", "neither"]

TOWARDS_CONFLICT: Final[Mapping[Polarity, float]] = MappingProxyType({"conflict": 1.0, "neither": 0.5, "cooperation": 0.0})
"""Where a polarity lies between cooperation (0) and conflict (1)."""


class PolarityReading(BaseModel):
    """What readers said of a sentence that is neutral as a signal, keyed by the hash of its text: reader -> polarity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[0-9a-f]{16}$")
    readers: dict[str, Polarity] = Field(min_length=1)


def polarity_agreement(readings: Sequence[PolarityReading]) -> dict[str, Any]:
    """Count readings, and measure how far the readers of a sentence agree where there are several.

    Args:
        readings: The readings.

    Returns:
        "sentences", "polarities" (readings by polarity), "twice" (sentences with several readers), and of all pairs of readers
        of a sentence "same" (share on which they agree), "opposite" (number of conflict against cooperation) and "kappa"
        (scikit-learn); the last three are None where no sentence was read twice.
    """
    from sklearn.metrics import cohen_kappa_score

    said = [list(reading.readers.values()) for reading in readings]
    pairs = [pair for several in said for pair in combinations(several, 2)]
    agreed = sum(first == second for first, second in pairs)
    return {
        "sentences": len(said),
        "polarities": {name: sum(several.count(name) for several in said) for name in TOWARDS_CONFLICT},
        "twice": sum(len(several) > 1 for several in said),
        "same": agreed / len(pairs) if pairs else None,
        "opposite": sum({*pair} == {"conflict", "cooperation"} for pair in pairs) if pairs else None,
        "kappa": float(cohen_kappa_score(*zip(*pairs, strict=True))) if pairs else None,
    }


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
