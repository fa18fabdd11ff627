import json

import numpy as np
import pytest

from escalate.benchmarks.baselines import BASELINES, baseline_probabilities
from escalate.benchmarks.own_test import compare, write_results
from escalate.bundle import sha256_of
from escalate.data.labelled import read_labelled
from escalate.labels import LABELS
from escalate.predict import Predictor
from tests.conftest import write_rows


def test_words_that_give_the_label_away_are_enough_for_tfidf_and_not_for_the_majority(tmp_path):
    rows, _ = read_labelled(write_rows(tmp_path / "a.jsonl", 120), LABELS)
    texts, targets = [row.text for row in rows], np.array([row.target for row in rows])
    accuracy = {name: (baseline_probabilities(name, rows, texts, 3).argmax(axis=1) == targets).mean() for name in BASELINES}
    assert accuracy["tfidf"] > 0.95
    assert accuracy["majority"] == pytest.approx(1 / 3)


def test_training_rows_must_have_every_label(tmp_path):
    rows, _ = read_labelled(write_rows(tmp_path / "a.jsonl", 30), LABELS)
    with pytest.raises(ValueError, match="1 of 3 labels"):
        baseline_probabilities("tfidf", [row for row in rows if row.target == 0], ["x"], 3)


def test_the_results_file_names_data_bundle_seed_and_command(tiny_bundle, tmp_path):
    train, test = write_rows(tmp_path / "train.jsonl", 90), write_rows(tmp_path / "test.jsonl", 60, seed=3)
    predictor = Predictor.load(tiny_bundle)
    write_results(compare([predictor], [train], test, resamples=20), tmp_path / "out" / "r.json", "the command")
    results = json.loads((tmp_path / "out" / "r.json").read_text())
    assert results["data"] == {path.as_posix(): sha256_of(path) for path in (train, test)}
    assert (results["command"], results["seed"]) == ("the command", 13)
    assert results["bundles"] == {"tiny-test": predictor.bundle.sha256}
    assert set(results["models"]) == {"tiny-test", *BASELINES}
    assert results["models"]["tiny-test"]["rows"] == results["models"]["tfidf"]["rows"] == 60
