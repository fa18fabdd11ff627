import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, matthews_corrcoef, precision_recall_fscore_support

from escalate.evaluation import metrics
from escalate.labels import LABELS

FIGURES = ("precision", "recall", "f1")
PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


@pytest.mark.filterwarnings("ignore:A single label was found")
@settings(deadline=None)
@given(PAIRS)
def test_the_figures_are_scikit_learns(pairs):
    predicted, targets = (np.array(column) for column in zip(*pairs, strict=True))
    found = metrics.scores(predicted, targets, LABELS)
    classes = range(3)
    assert found["accuracy"] == pytest.approx(accuracy_score(targets, predicted))
    assert found["macro_f1"] == pytest.approx(f1_score(targets, predicted, average="macro", labels=classes, zero_division=0))
    assert found["confusion"] == confusion_matrix(targets, predicted, labels=classes).tolist()
    assert found["mcc"] == pytest.approx(matthews_corrcoef(targets, predicted), abs=1e-9)
    rows = precision_recall_fscore_support(targets, predicted, labels=classes, zero_division=0)
    for i, label in enumerate(LABELS):
        assert list(found["per_class"][label].values()) == pytest.approx([column[i] for column in rows])


def test_in_a_sample_what_no_row_decides_is_not_a_number_and_left_out_of_macro_f1():
    found = metrics.scores(np.array([0, 0]), np.array([0, 0]), LABELS, undefined=np.nan)
    assert (found["accuracy"], found["macro_f1"]) == (1, 1)
    assert np.isnan([found["mcc"], found["false_alarm_rate"], *(found["per_class"]["neutral"][name] for name in FIGURES)]).all()
    found = metrics.scores(np.array([0, 1]), np.array([0, 0]), LABELS, undefined=np.nan)
    said_wrongly = found["per_class"]["de-escalation"]
    assert (said_wrongly["precision"], said_wrongly["f1"], found["macro_f1"]) == (0, 0, pytest.approx((2 / 3 + 0) / 2))
    assert np.isnan(said_wrongly["recall"])


def test_a_false_alarm_is_a_neutral_row_called_a_signal():
    targets, predicted = np.array([2, 2, 2, 2, 0, 1]), np.array([2, 0, 1, 2, 1, 2])
    assert metrics.scores(predicted, targets, LABELS)["false_alarm_rate"] == 0.5
    assert metrics.scores(predicted, np.zeros(6, dtype=int), LABELS)["false_alarm_rate"] == 0
    assert "false_alarm_rate" not in metrics.scores(predicted, targets, ("a", "b", "c"))


def mean_of(values):
    return lambda rows: float(values[rows].mean())


def bounds_of(values, groups):
    found = metrics.bootstrap_interval(mean_of(values), groups)
    assert found is not None
    return found


def test_the_interval_covers_the_mean_and_narrows_with_more_articles():
    generator = np.random.default_rng(1)

    def width(n):
        values = generator.normal(size=n)
        low, high = bounds_of(values, range(n))
        assert low < values.mean() < high
        return high - low

    assert width(1000) < width(40) / 2


def test_sentences_of_one_article_stand_or_fall_together():
    by_article = np.repeat(np.random.default_rng(2).normal(size=20), 10)
    low, high = bounds_of(by_article, np.repeat(np.arange(20), 10).tolist())
    apart_low, apart_high = bounds_of(by_article, range(200))
    assert high - low > 2 * (apart_high - apart_low)


def test_the_same_seed_gives_the_same_interval_and_no_rows_none():
    values = np.arange(30.0)
    assert metrics.bootstrap_interval(mean_of(values), range(30)) == metrics.bootstrap_interval(mean_of(values), range(30))
    with pytest.raises(ValueError, match="no rows"):
        metrics.bootstrap_interval(mean_of(values), [])


def test_a_sample_on_which_a_figure_is_undefined_does_not_count():
    values = np.array([1.0, 1.0, 1.0, np.nan])

    def mean_of_known(rows):
        known = values[rows][~np.isnan(values[rows])]
        return known.mean() if len(known) else np.nan

    assert metrics.bootstrap_interval(mean_of_known, range(4)) == (1, 1)
    assert metrics.bootstrap_interval(lambda rows: np.nan, range(4)) is None


@pytest.mark.parametrize(
    ("interval", "figure", "turned"),
    [
        ((0.03, 0.09), 0.05, (0.01, 0.07)),
        ((0.005, 0.04), 0.0, (0, 0)),
        ((0.02, 0.08), 0.03, (0, 0.04)),
        ((0.03, 0.06), 0.02, (0, 0.02)),
        (None, 0.02, None),
    ],
)
def test_the_interval_of_a_figure_that_noise_raises_is_turned_round_it_and_holds_it(interval, figure, turned):
    found = metrics.reflected(interval, figure)
    assert found == (None if turned is None else pytest.approx(turned))


def test_one_article_tells_nothing_of_how_articles_differ():
    assert metrics.bootstrap_interval(mean_of(np.arange(9.0)), ["a"] * 9) is None
