import numpy as np
import pytest

from escalate.calibration import abstention_threshold, expected_calibration_error, fit_scaling, softmax


def sharp_logits(true_temperature, n=4000):
    """Logits that are too sure by a known factor, and labels drawn from the true probabilities."""
    generator = np.random.default_rng(0)
    calm = generator.normal(scale=2, size=(n, 3))
    targets = np.array([generator.choice(3, p=row) for row in softmax(calm)])
    return calm * true_temperature, targets


def test_softmax_sums_to_one_and_stays_finite_for_huge_logits():
    found = softmax(np.array([[1e4, 0, -1e4], [0, 0, 0]]))
    assert found.sum(axis=1) == pytest.approx([1, 1])
    assert found[1] == pytest.approx([1 / 3] * 3)
    assert softmax(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_logits_too_sure_is_found(temperature):
    logits, targets = sharp_logits(temperature)
    found, bias = fit_scaling(logits, targets)
    assert found == pytest.approx(temperature, rel=0.1)
    assert bias == pytest.approx([0, 0, 0], abs=0.15)


def test_the_bias_that_tilts_the_logits_is_found():
    logits, targets = sharp_logits(1.0)
    temperature, bias = fit_scaling(logits - [1.0, -0.5, -0.5], targets)
    assert temperature == pytest.approx(1.0, rel=0.1)
    assert bias == pytest.approx([1.0, -0.5, -0.5], abs=0.15)


def test_tied_labels_keep_the_odds_that_the_model_gives_them():
    logits, targets = sharp_logits(1.0)
    temperature, bias = fit_scaling(logits - [1.0, 0.2, 0.0], targets, tied=(0, 1))
    assert temperature == pytest.approx(1.0, rel=0.1)
    assert bias[0] == bias[1] > bias[2]
    assert sum(bias) == pytest.approx(0)


def test_a_label_without_rows_keeps_a_finite_bias():
    temperature, bias = fit_scaling(np.zeros((5, 3)), np.array([0, 0, 1, 1, 0]))
    assert np.isfinite([temperature, *bias]).all()
    assert bias[2] < min(bias[:2])


def test_scaling_lowers_the_calibration_error():
    logits, targets = sharp_logits(3.0)
    before = expected_calibration_error(softmax(logits), targets)
    after = expected_calibration_error(softmax(logits, *fit_scaling(logits, targets)), targets)
    assert after < 0.03 < before


def test_the_error_is_the_gap_between_confidence_and_accuracy():
    sure_and_half_right = np.array([[1.0, 0.0]] * 4)
    assert expected_calibration_error(sure_and_half_right, np.array([0, 0, 1, 1])) == pytest.approx(0.5)
    assert expected_calibration_error(sure_and_half_right, np.zeros(4, dtype=int)) == 0
    assert expected_calibration_error(np.zeros((0, 2)), np.zeros(0, dtype=int)) == 0


def test_no_rows_cannot_be_fitted():
    with pytest.raises(ValueError, match="no rows"):
        fit_scaling(np.zeros((0, 3)), np.zeros(0, dtype=int))


@pytest.mark.parametrize("coverage", [0.001, 0.5, 0.8, 0.95, 1.0])
def test_the_threshold_of_abstention_leaves_at_least_the_share_answered_and_no_needless_row(coverage):
    confidence = np.random.default_rng(0).random(200)
    threshold = abstention_threshold(confidence, coverage)
    answered = (confidence >= threshold).mean()
    assert coverage <= answered < coverage + 1 / 200 + 1e-9


def test_equally_sure_rows_are_answered_together():
    assert abstention_threshold(np.array([0.5, 0.5, 0.9, 0.9]), 0.75) == 0.5


def test_a_threshold_needs_rows_and_a_share():
    with pytest.raises(ValueError, match="no rows"):
        abstention_threshold(np.zeros(0), 0.9)
    for wrong in (0, 1.1, -0.1):
        with pytest.raises(ValueError, match="coverage must lie"):
            abstention_threshold(np.ones(3), wrong)
