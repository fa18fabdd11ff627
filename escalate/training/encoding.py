"""Rows as the Trainer reads them: token ids, targets, and what the teachers say."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import datasets
from transformers import PreTrainedTokenizerBase

from escalate.data.labelled import LabelledText
from escalate.text import normalise
from escalate.training.augmentation import variants

_VARIANTS: Final = 3


def encoded(
    rows: Sequence[LabelledText],
    tokenizer: PreTrainedTokenizerBase,
    window: int,
    others: Sequence[Sequence[str]] = (),
    columns: Mapping[str, Sequence[Any]] | None = None,
) -> datasets.Dataset:
    """Encode rows.

    Args:
        rows: n rows.
        tokenizer: The model's tokenizer.
        window: Longer texts are cut to this number of tokens, special tokens included.
        others: n lists of variants of the texts, or none at all.
        columns: Further targets by name, n values each.

    Returns:
        Columns "input_ids", "length", "labels", "variants" (token ids) and the further ones.
    """

    def ids_of(texts: Sequence[str]) -> list[list[int]]:
        cut = {"truncation": True, "max_length": window}
        return list(tokenizer([normalise(text) for text in texts], **cut)["input_ids"]) if texts else []

    ids = ids_of([row.text for row in rows])
    return datasets.Dataset.from_dict(
        {
            "input_ids": ids,
            "length": [len(of_row) for of_row in ids],
            "labels": [row.target for row in rows],
            "variants": [ids_of(texts) for texts in others] or [[] for _ in rows],
            **{name: list(values) for name, values in (columns or {}).items()},
        }
    )


def swapped(rows: Sequence[LabelledText], share: float, seed: int) -> list[list[str]]:
    """Return variants of the rows' texts with other states in them.

    Args:
        rows: n rows.
        share: Probability of a swap; 0 makes no variants.
        seed: Decides which states are drawn.

    Returns:
        n lists of texts.
    """
    order = random.Random(seed)
    count = _VARIANTS if share else 0
    return [variants(row.text, count, order) for row in rows]
