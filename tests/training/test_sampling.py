"""The order of training rows."""

import random
from itertools import pairwise
from typing import Any

import pytest
import torch
from accelerate.data_loader import prepare_data_loader
from hypothesis import given
from hypothesis import strategies as st

from escalate.training.sampling import LengthBatches


def batches(lengths, size, seed=0):
    order = list(LengthBatches(lengths, size, seed))
    return [order[start : start + size] for start in range(0, len(order), size)]


@given(st.lists(st.integers(1, 500), max_size=400), st.integers(1, 9), st.integers(0, 9))
def test_every_row_comes_once(lengths, size, seed):
    found = [row for batch in batches(lengths, size, seed) for row in batch]
    assert sorted(found) == list(range(len(lengths)))
    assert len(LengthBatches(lengths, size, seed)) == len(lengths)


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


def test_seed_and_epoch_decide_the_order_and_torch_s_random_state_does_not():
    sampler = LengthBatches([row % 17 for row in range(300)], 8, seed=1)
    first = list(sampler)
    torch.manual_seed(5)
    assert list(sampler) == first
    assert torch.initial_seed() == 5
    sampler.set_epoch(1)
    second = list(sampler)
    assert second != first
    sampler.set_epoch(0)
    assert list(sampler) == first
    assert list(LengthBatches([row % 17 for row in range(300)], 8, seed=2)) not in (first, second)


def loader(processes=1, process=0):
    """Rows as accelerate gives them to one of several processes."""
    sampler = LengthBatches([row % 17 for row in range(96)], 8, seed=1)
    numbers: Any = list(range(96))
    rows: Any = torch.utils.data.DataLoader(numbers, batch_size=4, sampler=sampler)
    return prepare_data_loader(rows, num_processes=processes, process_index=process, put_on_device=False)


def passes(rows, numbers):
    found = []
    for number in numbers:
        rows.set_epoch(number)
        found.append([row for batch in rows for row in batch.tolist()])
    return found


def test_a_run_that_goes_on_takes_the_rows_in_the_order_of_an_undisturbed_one():
    whole = passes(loader(), range(3))
    assert whole[0] != whole[1] != whole[2]
    assert passes(loader(), range(1, 3)) == whole[1:]


@pytest.mark.parametrize("epoch", [0, 1])
def test_processes_whose_random_states_differ_share_the_rows_of_each_epoch(epoch):
    parts = []
    for process in range(2):
        torch.manual_seed(process)
        parts.append(passes(loader(2, process), range(epoch + 1))[epoch])
    assert sorted([*parts[0], *parts[1]]) == list(range(96))
