import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from escalate.evaluation.significance import compare, mcnemar
from escalate.labels import LABELS


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_the_exact_test_is_scipys_binomial_test_and_mid_p_is_smaller(only_first, only_second):
    first = np.array([True] * only_first + [False] * only_second + [True, False])
    second = np.array([False] * only_first + [True] * only_second + [True, False])
    found = mcnemar(first, second)
    total, fewer = only_first + only_second, min(only_first, only_second)
    expected = binomtest(fewer, total).pvalue if total else 1.0
    assert (found["only_first"], found["only_second"]) == (only_first, only_second)
    assert found["p_exact"] == pytest.approx(expected)
    if only_first != only_second:
        assert found["p_mid"] == pytest.approx(expected - binom.pmf(fewer, total, 0.5))


def rows(n=300):
    generator = np.random.default_rng(3)
    targets = generator.integers(3, size=n)
    good = np.where(generator.random(n) < 0.9, targets, (targets + 1) % 3)
    bad = np.where(generator.random(n) < 0.6, targets, (targets + 1) % 3)
    return targets, good, bad, [number // 5 for number in range(n)]


def test_a_clearly_better_model_is_significantly_better():
    targets, good, bad, articles = rows()
    found = compare(good, bad, targets, LABELS, articles, resamples=200)
    low, high = found["interval"]
    assert 0 < low <= found["macro_f1_difference"] <= high
    assert found["p_bootstrap"] < 0.02
    assert found["mcnemar"]["p_mid"] <= found["mcnemar"]["p_exact"] < 1e-6


def test_the_other_way_round_the_difference_has_the_other_sign():
    targets, good, bad, articles = rows()
    one, other = (compare(*pair, targets, LABELS, articles, resamples=50) for pair in ((good, bad), (bad, good)))
    assert one["macro_f1_difference"] == pytest.approx(-other["macro_f1_difference"])
    assert one["p_bootstrap"] == other["p_bootstrap"]


def test_a_model_does_not_differ_from_itself():
    targets, good, _, articles = rows()
    found = compare(good, good, targets, LABELS, articles, resamples=20)
    assert (found["macro_f1_difference"], found["interval"], found["same_labels"]) == (0, (0, 0), 1)
    assert (found["p_bootstrap"], found["mcnemar"]["p_exact"]) == (1, 1)


def test_one_article_makes_no_difference_significant():
    targets, good, bad, _ = rows()
    found = compare(good, bad, targets, LABELS, ["a"] * len(targets), resamples=20)
    assert (found["interval"], found["p_bootstrap"]) == (None, 1)
