"""Other states in the place of those that a training sentence names, so that the label cannot hang on a name."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from transformers import DataCollatorWithPadding, PreTrainedTokenizerBase

from escalate.evaluation.countries import AMBIGUOUS, countries
from escalate.evaluation.swap import replaceable_states, swap


def variants(text: str, count: int, order: random.Random) -> list[str]:
    """Return a sentence with every state that can be replaced replaced by another one, drawn from all states.

    Args:
        text: A sentence.
        count: How many variants to make.
        order: Draws the states.

    Returns:
        `count` sentences; none where the sentence names no state that can be replaced.
    """
    named = replaceable_states(text)
    if not named:
        return []
    others = [key for key in countries() if key not in AMBIGUOUS and key not in named]
    found = []
    for _ in range(count):
        varied = text
        for source, target in zip(named, order.sample(others, len(named)), strict=True):
            varied = swap(varied, source, target)
        found.append(varied)
    return found


class SwappingCollator(DataCollatorWithPadding):
    """Pads a batch; a row that has variants is replaced by one of them with the given probability."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, share: float, seed: int) -> None:
        """Take the share beside the tokenizer.

        Args:
            tokenizer: Pads the batch.
            share: Probability with which a row is replaced.
            seed: Decides which rows and variants are taken.
        """
        super().__init__(tokenizer)
        self._share = share
        self._order = random.Random(seed)

    def __call__(self, features: Sequence[dict[str, Any]]) -> Any:
        """Return the padded batch of rows with `input_ids`, `variants` (lists of token ids) and targets, which are kept."""
        chosen = []
        for row in features:
            swapped = row["variants"] and self._order.random() < self._share
            ids = self._order.choice(row["variants"]) if swapped else row["input_ids"]
            targets = {name: value for name, value in row.items() if name not in ("input_ids", "variants", "length")}
            chosen.append({"input_ids": ids, "attention_mask": [1] * len(ids), **targets})
        return super().__call__(chosen)
