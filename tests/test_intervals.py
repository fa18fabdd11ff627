import tracemalloc

import numpy as np
import pytest

from escalate.intervals import REPLICATES, SEED, bounds, clustered_sums, weighted_mean


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


def test_an_article_as_long_as_a_book_does_not_fill_the_memory():
    values, weights, columns = [0.0, 1.0] * 10_000, [1.0] * 20_000, np.ones((20_000, 3))
    for draw in (lambda: weighted_mean(values, weights), lambda: clustered_sums(columns, ["a"] * 20_000, [1])):
        tracemalloc.start()
        draw()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20_000 * REPLICATES * 8 / 2


def test_what_is_drawn_in_parts_is_the_same_as_at_once():
    columns, weights = np.random.default_rng(2).normal(size=(2500, 3)), np.linspace(1, 2, 2500)
    picked = np.random.default_rng(SEED).integers(2500, size=(REPLICATES, 2500))
    draws = (columns[:, 0] * weights)[picked].sum(axis=1) / weights[picked].sum(axis=1)
    assert weighted_mean(columns[:, 0].tolist(), weights.tolist()) == bounds(draws)
    picked = np.random.default_rng([1]).integers(2500, size=(2500, REPLICATES))
    assert np.array_equal(clustered_sums(columns, ["a"] * 2500, [1]), columns[picked].sum(axis=0))
