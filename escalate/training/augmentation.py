"""Other states in the place of those that a training sentence names, so that the label cannot hang on a name."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from transformers import (
    DataCollatorWithPadding,
    PreTrainedTokenizerBase,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

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
    """Pads a batch; a row that has variants is replaced by one of them with the given probability.

    What a row is replaced by follows from seed, epoch and row alone: it is the same in a run that goes on after a break.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, share: float, seed: int) -> None:
        """Take the share beside the tokenizer.

        Args:
            tokenizer: Pads the batch.
            share: Probability with which a row is replaced.
            seed: Decides which rows and variants are taken.
        """
        super().__init__(tokenizer)
        self._share = share
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the number of the pass, 0 for the first; `Epochs` does so before each one."""
        self._epoch = epoch

    def __call__(self, features: Sequence[dict[str, Any]]) -> Any:
        """Return the padded batch of rows with `input_ids`, `variants` (lists of token ids) and targets, which are kept."""
        chosen = []
        for row in features:
            ids = self._drawn(row)
            targets = {name: value for name, value in row.items() if name not in ("input_ids", "variants", "length")}
            chosen.append({"input_ids": ids, "attention_mask": [1] * len(ids), **targets})
        return super().__call__(chosen)

    def _drawn(self, row: dict[str, Any]) -> list[int]:
        if row["variants"]:
            order = random.Random(f"{self._seed} {self._epoch} {row['input_ids']}")
            if order.random() < self._share:
                return list(order.choice(row["variants"]))
        return list(row["input_ids"])


class Epochs(TrainerCallback):
    """Tells a collator the number of each epoch, as the Trainer itself tells samplers."""

    def __init__(self, collator: SwappingCollator) -> None:
        """Take the collator."""
        self._collator = collator

    def on_epoch_begin(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """Set the collator's epoch; in a run that goes on it is that of the checkpoint."""
        self._collator.set_epoch(round(state.epoch or 0))
