import numpy as np
import pytest

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
