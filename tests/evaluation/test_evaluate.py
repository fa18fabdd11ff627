import json

import numpy as np
import pytest

from escalate.errors import DataError
from escalate.evaluation.evaluate import evaluate, evaluate_file
from escalate.labels import LABELS
from escalate.predict import Predictor
from tests.conftest import write_rows


@pytest.fixture(scope="module")
def predictor(tiny_bundle):
    return Predictor.load(tiny_bundle)


def test_a_model_that_knows_the_words_is_nearly_perfect_and_says_how_surely(predictor, tmp_path):
    found = evaluate_file(predictor, write_rows(tmp_path / "rows.jsonl", 60, seed=5), resamples=50)
    assert found["macro_f1"] > 0.95
    assert (found["rows"], found["articles"], found["unclear"], found["bundle"]) == (60, 12, 0, "tiny-test")
    assert set(found["intervals"]) == {
        "accuracy", "macro_f1", "mcc", "false_alarm_rate", "calibration_error", "brier", "risk_coverage_area",
        *(f"{name}_{label}" for name in ("precision", "recall", "f1", "auroc") for label in LABELS),
    }  # fmt: skip
    for low, high in found["intervals"].values():
        assert 0 <= low <= high <= 1
    assert sum(row["rows"] for row in found["reliability"]) == 60
    assert found["risk_coverage"]["accuracy"]["1.0"] == found["accuracy"]


def test_what_is_undefined_is_none_and_not_a_number(predictor, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "alpha", "label": "escalation"}\n' * 3)
    found = evaluate_file(predictor, tmp_path / "a.jsonl", resamples=10)
    assert found["per_class"]["neutral"]["auroc"] is None
    assert found["intervals"]["auroc_neutral"] is None
    json.dumps(found, allow_nan=False)


def test_right_labels_have_no_spread_however_rare_one_of_them_is():
    targets = np.array([0, 1] * 9 + [2, 2])
    found = evaluate(np.eye(3)[targets], targets, LABELS, [number // 2 for number in range(20)], resamples=200)
    shares = {name: bounds for name, bounds in found["intervals"].items() if name not in ("brier", "calibration_error")}
    right = dict.fromkeys(shares, (1, 1)) | dict.fromkeys(("false_alarm_rate", "risk_coverage_area"), (0, 0))
    assert shares == right


def test_a_label_that_nothing_has_counts_in_macro_f1_and_in_its_interval_alike():
    targets = np.array([0, 1] * 5)
    found = evaluate(np.eye(3)[targets], targets, LABELS, range(10), resamples=50)
    assert found["macro_f1"] == pytest.approx(2 / 3)
    assert found["intervals"]["macro_f1"] == pytest.approx((2 / 3, 2 / 3))
    assert found["per_class"]["neutral"]["f1"] == 0
    assert found["intervals"]["f1_neutral"] is None


def test_the_interval_of_the_calibration_error_is_not_raised_by_the_noise_of_resampling():
    chance = np.random.default_rng(1)
    sure = chance.uniform(0.5, 1, size=400)
    targets = (chance.random(400) > sure).astype(int)
    found = evaluate(np.stack([sure, 1 - sure], axis=1), targets, ("a", "b"), range(400), resamples=100)
    low, high = found["intervals"]["calibration_error"]
    assert low <= found["calibration_error"] <= high
    # The model is calibrated, and what the figure shows is noise.
    assert low < 0.01


def test_one_article_has_no_intervals():
    targets = np.array([0, 1, 2] * 3)
    found = evaluate(np.eye(3)[targets], targets, LABELS, ["a"] * 9, resamples=10)
    assert set(found["intervals"].values()) == {None}
    assert found["macro_f1"] == 1


def test_wrong_labels_lower_the_figures(predictor, tmp_path):
    rows = [json.loads(line) for line in write_rows(tmp_path / "a.jsonl", 60).read_text().splitlines()]
    for row in rows[:30]:
        row["label"] = LABELS[(LABELS.index(row["label"]) + 1) % 3]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert evaluate_file(predictor, tmp_path / "b.jsonl", resamples=10)["accuracy"] == pytest.approx(0.5, abs=0.05)


def test_unclear_rows_are_counted_and_left_out(predictor, tmp_path):
    path = write_rows(tmp_path / "a.jsonl", 30)
    with path.open("a") as file:
        file.write(json.dumps({"text": "alpha or beta", "label": "unclear"}) + "\n")
    found = evaluate_file(predictor, path, resamples=10)
    assert (found["rows"], found["unclear"]) == (30, 1)


def test_a_file_of_nothing_but_unclear_rows_is_an_error(predictor, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "x", "label": "unclear"}\n')
    with pytest.raises(DataError, match="no labelled rows"):
        evaluate_file(predictor, tmp_path / "a.jsonl")
