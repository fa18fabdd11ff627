import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from escalate.calibration import expected_calibration_error
from escalate.evaluation import confidence

ROWS = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=40)


def drawn(n=300):
    generator = np.random.default_rng(4)
    return generator.dirichlet([1, 1, 1], size=n), generator.integers(3, size=n)


@settings(deadline=None)
@given(ROWS)
def test_the_area_under_the_roc_curve_is_scikit_learns_with_ties_too(rows):
    scores, positive = np.array([float(score) for score, _ in rows]), np.array([flag for _, flag in rows])
    found = confidence.auroc(scores, positive)
    if positive.all() or not positive.any():
        assert np.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(positive, scores))


def test_the_brier_score_is_scikit_learns_over_all_labels():
    probabilities, targets = drawn()
    expected = brier_score_loss(targets, probabilities, labels=[0, 1, 2], scale_by_half=False)
    assert confidence.brier_score(probabilities, targets) == pytest.approx(expected)
    assert confidence.brier_score(np.zeros((0, 3)), np.zeros(0, dtype=int)) == 0


def test_the_bins_of_the_reliability_diagram_add_up_to_the_calibration_error():
    probabilities, targets = drawn()
    bins = confidence.reliability(probabilities, targets)
    assert sum(found["rows"] for found in bins) == len(targets)
    error = sum(found["rows"] * abs(found["confidence"] - found["accuracy"]) for found in bins) / len(targets)
    assert error == pytest.approx(expected_calibration_error(probabilities, targets))


def test_a_model_that_is_unsure_of_its_errors_gains_by_abstaining():
    sure = np.linspace(1, 0.5, 10)
    correct = np.array([True] * 8 + [False] * 2)
    found = confidence.risk_coverage(sure, correct)
    assert (found["accuracy"]["1.0"], found["accuracy"]["0.8"], found["accuracy"]["0.9"]) == pytest.approx((0.8, 1, 8 / 9))
    # Risk is 0 for the eight surest, then 1/9 and 2/10.
    assert found["area"] == pytest.approx((1 / 9 + 2 / 10) / 10)
    assert confidence.risk_coverage_area(sure, correct) == found["area"]
    assert confidence.risk_coverage(sure, correct[::-1])["area"] > found["area"]


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_equally_sure_rows_does_not_matter(order):
    sure, correct = np.array([0.9] * 4 + [0.6] * 4), np.array([True, False, True, True, False, True, False, False])
    found = confidence.risk_coverage(sure[list(order)], correct[list(order)])
    assert found["area"] == pytest.approx(confidence.risk_coverage(sure, correct)["area"])


def test_no_rows_have_no_curve():
    with pytest.raises(ValueError, match="no rows"):
        confidence.risk_coverage(np.zeros(0), np.zeros(0, dtype=bool))
