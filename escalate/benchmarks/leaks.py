"""Leaks: sentences of a test that also stand where a model learns from, counted with every run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from escalate.benchmarks.task import Row
from escalate.data.duplicates import near_duplicates
from escalate.shingles import is_short

NEAR: Final = 0.8
_WORD: Final = re.compile(r"\w+")


def key(text: str) -> str:
    """Return the words of a text, case and punctuation aside: two texts with the same key are the same sentence."""
    return " ".join(_WORD.findall(text.casefold()))


def overlap(texts: Sequence[str], others: Sequence[str]) -> dict[str, int]:
    """Count the texts that also stand among others.

    Texts of fewer than six words are passed over: "He gave no details." may stand anywhere.

    Args:
        texts: The texts of a test.
        others: Texts that a model learns from.

    Returns:
        "exact": texts with the words of another; "near": further ones whose word trigrams have a Jaccard index of 0.8 or more
        with those of another.
    """
    known = {key(text) for text in others}
    exact = {i for i, text in enumerate(texts) if not is_short(text) and key(text) in known}
    both = [*others, *texts]
    near = {
        pair.second - len(others) for pair in near_duplicates(both, NEAR) if pair.first < len(others) <= pair.second
    } - exact
    return {"exact": len(exact), "near": len(near)}


def shared(rows: Sequence[Row], others: Sequence[Row]) -> dict[str, Any]:
    """Count the sentences that two codings share, and those on whose polarity they differ.

    Args:
        rows: Rows of one task.
        others: Rows of another.

    Returns:
        "sentences" (distinct ones shared), "other_polarity" (of these, coded to another polarity).
    """
    polarity = {key(row.text): row.polarity for row in others}
    own = {key(row.text): row.polarity for row in rows}
    common = own.keys() & polarity.keys()
    return {"sentences": len(common), "other_polarity": sum(own[text] != polarity[text] for text in common)}
