import time
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.changes import turns


def test_a_clear_turn_is_found_at_its_place():
    index = np.array([40.0, 45, 38, 42, -30, -35, -28, -33])
    (turn,) = turns(index, np.full(8, 10.0), np.full(8, 20.0))
    assert turn.place == 4
    assert turn.before == pytest.approx(41, abs=1)
    assert turn.after == pytest.approx(-31.5, abs=1)


def test_noise_within_the_errors_is_no_turn():
    generator = np.random.default_rng(1)
    assert sum(len(turns(generator.normal(0, 15, 30), np.full(30, 15.0), np.full(30, 20.0))) for _ in range(20)) <= 4


def test_a_period_that_is_hardly_known_counts_little():
    index, errors = np.array([10.0, 12, 90, 11, 9, 12]), np.full(6, 6.0)
    errors[2] = 80
    assert turns(index, errors, np.full(6, 99.0)) == []


def test_three_periods_are_too_few():
    assert turns(np.array([50.0, -50, -50]), np.full(3, 5.0), np.full(3, 9.0)) == []


def test_agreement_of_a_few_sentences_is_not_certainty():
    index = np.array([20.0, 20, 20, -20, -20, -20])
    assert turns(index, np.zeros(6), np.ones(6)) == []
    assert len(turns(index, np.zeros(6), np.full(6, 100.0))) == 1


def test_a_long_series_does_not_take_long():
    def seconds(n):
        index, start = np.random.default_rng(1).normal(0, 15, n), time.process_time()
        turns(index, np.full(n, 15.0), np.full(n, 20.0))
        return time.process_time() - start

    seconds(50)
    assert seconds(1000) < 6


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-99, 99), st.floats(0, 50), st.integers(1, 99)), min_size=4, max_size=7))
def test_the_stretches_cost_least_of_all_divisions(rows):
    index, errors, sizes = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    variances = np.maximum(errors, 50 / np.sqrt(sizes)) ** 2
    between = np.median(np.diff(index) ** 2) / (2 * 0.4549) - variances.mean()
    weights = 1 / (variances + max(0.0, between))

    def cost(places):
        within = 0.0
        for a, b in pairwise([0, *places, len(index)]):
            part, heavy = index[a:b], weights[a:b]
            within += (heavy * (part - np.average(part, weights=heavy)) ** 2).sum()
        return within + 2 * np.log(len(index)) * len(places)

    inner = range(1, len(index))
    best = min(cost(places) for size in range(len(index)) for places in combinations(inner, size))
    assert cost([turn.place for turn in turns(index, errors, sizes)]) == pytest.approx(best)
