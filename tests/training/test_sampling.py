"""The order of training rows."""

import random
from itertools import pairwise

import torch
from hypothesis import given
from hypothesis import strategies as st

from escalate.training.sampling import LengthBatches


def batches(lengths, size, seed=0):
    torch.manual_seed(seed)
    order = list(LengthBatches(lengths, size))
    return [order[start : start + size] for start in range(0, len(order), size)]


@given(st.lists(st.integers(1, 500), max_size=400), st.integers(1, 9), st.integers(0, 9))
def test_every_row_comes_once(lengths, size, seed):
    found = [row for batch in batches(lengths, size, seed) for row in batch]
    assert sorted(found) == list(range(len(lengths)))
    assert len(LengthBatches(lengths, size)) == len(lengths)


def test_batches_hold_texts_of_like_length():
    drawn = random.Random(1)
    lengths = [drawn.randint(5, 100) for _ in range(1601)]

    def padding(parts):
        return sum(max(lengths[row] for row in part) * len(part) for part in parts) / sum(lengths) - 1

    assert padding(batches(lengths, 8)) < 0.05
    assert padding([list(range(start, min(start + 8, 1601))) for start in range(0, 1601, 8)]) > 0.5


def test_batches_of_any_length_follow_each_other():
    lengths = list(range(800))
    rising = [before < after for before, after in pairwise(lengths[batch[0]] for batch in batches(lengths, 8))]
    assert 0.3 < sum(rising) / len(rising) < 0.7


def test_torch_s_seed_decides_the_order():
    lengths = [row % 17 for row in range(300)]
    assert batches(lengths, 8, seed=1) == batches(lengths, 8, seed=1)
    assert batches(lengths, 8, seed=1) != batches(lengths, 8, seed=2)
