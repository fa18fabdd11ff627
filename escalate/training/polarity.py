"""Targets of the second task on neutral sentences: which of the two signals is the nearer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from escalate.data.labelled import LabelledText
from escalate.errors import ConfigError, DataError
from escalate.text import sentence_hash
from escalate.training.losses import UNLABELLED
from escalate.training.sections import PolarityConfig


def signals_of(config: PolarityConfig, labels: Sequence[str]) -> tuple[int, int]:
    """Return the outputs that conflict and cooperation lean to.

    Args:
        config: The configuration's section.
        labels: The labels in the order of the outputs.

    Returns:
        Two numbers of outputs.

    Raises:
        ConfigError: If one of them is no label, or both are the same.
    """
    named = (config.conflict, config.cooperation)
    if missing := [name for name in named if name not in labels]:
        raise ConfigError(
            f"polarity: {', '.join(missing)} is none of the labels {', '.join(labels)}; set conflict and cooperation"
        )
    if config.conflict == config.cooperation:
        raise ConfigError(f"polarity: conflict and cooperation are both {config.conflict!r}; name two labels")
    return labels.index(config.conflict), labels.index(config.cooperation)


def polarity_of(rows: Sequence[LabelledText], signals: tuple[int, int], readings: Mapping[str, float]) -> list[float]:
    """Look up the polarity of the training rows.

    Args:
        rows: The rows, n of them; those labelled as a signal, and those without a label, have no part in it.
        signals: The outputs that conflict and cooperation lean to.
        readings: Hash of a text -> polarity, as `escalate.data.polarity.read_polarity` returns it.

    Returns:
        n targets from 0 (cooperation) to 1 (conflict), -100 where there is no reading.

    Raises:
        DataError: If no row has a reading.
    """
    passed = {*signals, UNLABELLED}
    unknown = float(UNLABELLED)
    found = [unknown if row.target in passed else readings.get(sentence_hash(row.text), unknown) for row in rows]
    if all(value == UNLABELLED for value in found):
        raise DataError("polarity: none of the training rows is among the readings; see whether they are of the same data")
    return found
