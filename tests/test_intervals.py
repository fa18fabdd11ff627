import tracemalloc

import numpy as np
import pytest

from escalate.intervals import bounds, clustered_sums, weighted_mean


def test_the_interval_of_a_mean_holds_it_and_is_the_same_every_time():
    values, weights = [-0.5, 0.1, 0.9, 0.4, 0.2], [2.0, 1, 1, 1, 1]
    found = weighted_mean(values, weights)
    assert found is not None
    assert found[0] < np.average(values, weights=weights) < found[1]
    assert found == weighted_mean(values, weights)


@pytest.mark.parametrize("values", [[], [0.3], [0.3] * 7])
def test_what_does_not_vary_has_no_interval(values):
    assert weighted_mean(values, [2.0, 1, 1, 1, 1, 1, 1][: len(values)]) is None


def test_bounds_are_those_of_the_draws_unless_they_are_equal():
    assert bounds(np.linspace(0, 1, 1001)) == pytest.approx((0.025, 0.975))
    assert bounds(np.full(1000, 0.1) + np.tile([0, 1e-16], 500)) is None


def test_sentences_of_few_articles_give_wider_intervals_than_of_many():
    columns = np.array([[1.0]] * 20 + [[0.0]] * 20)
    together = clustered_sums(columns, ["a"] * 20 + ["b"] * 20, [1])
    apart = clustered_sums(columns, [str(number) for number in range(40)], [1])
    assert together.mean() == pytest.approx(20, abs=1.5)
    assert together.std() > 2 * apart.std()


def test_the_sentences_of_a_single_article_are_drawn():
    assert clustered_sums(np.array([[1.0], [0.0], [1.0]]), ["a"] * 3, [1]).std() > 0.3


def test_sentences_of_an_article_need_not_stand_together():
    columns, articles = np.arange(12.0).reshape(6, 2), ["a", "b", "c", "b", "a", "b"]
    order = np.argsort(articles, kind="stable")
    apart = clustered_sums(columns, articles, [1])
    assert np.array_equal(apart, clustered_sums(columns[order], [articles[row] for row in order], [1]))


def test_many_articles_of_one_period_do_not_fill_the_memory():
    articles = [str(number) for number in range(2000)]
    tracemalloc.start()
    clustered_sums(np.ones((2000, 3)), articles, [1])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * 2000 * 1000 * 3 * 8
