"""The order of training rows: batches of like length, so that there is little padding, in random order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
from torch.utils.data import Sampler

# Rows are drawn at random for so many batches and sorted by length among themselves: batches keep some variety.
_BATCHES_SORTED: Final = 50


class LengthBatches(Sampler[int]):
    """Yields rows such that every run of `size` rows has texts of like length.

    Unlike the sampler of transformers (`LengthGroupedSampler`), which goes from long to short texts again and again and ends
    an epoch on short ones, it puts the batches in random order: a step is then as likely to see long texts as short ones.
    The order follows from seed and epoch alone: it is the same in every process, and in a run that goes on after a break.
    """

    def __init__(self, lengths: Sequence[int], size: int, seed: int) -> None:
        """Take the lengths.

        Args:
            lengths: Length of each row in tokens.
            size: Rows in a batch, or in all the batches of a step.
            seed: Decides the order, together with the epoch.
        """
        self._lengths = lengths
        self._size = size
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the number of the pass, 0 for the first; the Trainer does so before each one."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        """Yield each row's number once."""
        # Mixed, not added: the second pass of one seed must not be the first one of the next.
        random = torch.Generator().manual_seed(int(np.random.SeedSequence([self._seed, self._epoch]).generate_state(1)[0]))
        rows = torch.randperm(len(self), generator=random).tolist()
        window = self._size * _BATCHES_SORTED
        batches = []
        for start in range(0, len(rows), window):
            near = sorted(rows[start : start + window], key=lambda row: self._lengths[row])
            batches += [near[first : first + self._size] for first in range(0, len(near), self._size)]
        # Only the last batch may be a short one: the Trainer cuts the order into batches again.
        whole, rest = batches[: len(rows) // self._size], batches[len(rows) // self._size :]
        for number in torch.randperm(len(whole), generator=random).tolist():
            yield from whole[number]
        for batch in rest:
            yield from batch
