"""The estimator in the company of scikit-learn's own tools."""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

import escalate
from escalate.errors import ConfigError, DataError
from escalate.training import EscalationClassifier

CHECKS = [
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


@pytest.fixture(scope="module")
def rows(tiny_config):
    found = [json.loads(line) for line in Path(tiny_config.data.train[0]).read_text().splitlines()]
    return [row["text"] for row in found], [row["label"] for row in found]


@pytest.fixture(scope="module")
def estimator(tiny_checkpoint):
    return EscalationClassifier(
        str(tiny_checkpoint), epochs=3, learning_rate=3e-3, max_tokens=32, settings={"model.dropout": 0.0}
    )


@pytest.fixture(scope="module")
def fitted(estimator, rows):
    return clone(estimator).fit(*rows)


def test_settings_may_be_numbers_of_numpy_as_searches_draw_them(estimator, rows):
    drawn = {"epochs": np.arange(1, 2)[0], "random_state": np.int64(3), "learning_rate": np.float32(1e-3)}
    settings = {"optimisation.batch_size": np.int32(8), "model.dropout": np.float64(0)}
    texts, labels = rows[0][:30], rows[1][:30]
    assert clone(estimator).set_params(**drawn, settings=settings).fit(texts, labels).predict(texts).shape == (30,)


def test_it_learns_and_says_how_sure_it_is(fitted, rows):
    texts, labels = rows
    assert fitted.classes_.tolist() == sorted(set(labels))
    probabilities = fitted.predict_proba(texts[:9])
    assert probabilities.shape == (9, 3)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(9))
    assert fitted.predict(texts).tolist() == fitted.classes_[fitted.predict_proba(texts).argmax(axis=1)].tolist()
    assert fitted.score(texts, labels) > 0.9


def test_columns_and_arrays_say_the_same_as_lists(fitted, rows):
    wanted = fitted.predict_proba(rows[0][:6])
    for column in (pd.Series(rows[0][:6], index=range(10, 16)), np.array(rows[0][:6]), tuple(rows[0][:6])):
        assert np.array_equal(fitted.predict_proba(column), wanted)
    assert fitted.predict_proba([]).shape == (0, 3)


def test_it_works_in_a_pipeline_and_in_cross_validation(estimator, rows):
    quick = clone(estimator).set_params(epochs=1)
    lowered = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    scores = cross_val_score(make_pipeline(lowered, quick), rows[0][:90], rows[1][:90], cv=2, scoring="f1_macro")
    assert scores.shape == (2,)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("check", CHECKS)
def test_what_scikit_learn_asks_of_estimators_whatever_they_read(check):
    getattr(estimator_checks, check)("EscalationClassifier", EscalationClassifier())


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ("one string", ["a"], "X is one string"),
        (["a", 3], ["a", "b"], r"X\[1\] is int, expected a text"),
        (["a", "  "], ["a", "b"], r"X\[1\] is blank"),
        (["a", "b"], ["a"], "one label for each text"),
        (["a", "b"], ["a", "a"], "two or more"),
        (["a", "\u200b\ud83d"], ["a", "b"], r"X\[1\] is blank"),
        (["a", "b"], np.array(["a", 1], dtype=object), r"y\[1\] is 1 and y\[0\] 'a': labels are either texts or numbers"),
        (pd.DataFrame({"x": ["a", "b"], "y": ["c", "d"]}), ["a", "b"], r"X has the shape \(2, 2\); give one column"),
        (["a", "b", "c"], ["a", None, "b"], r"y\[1\] is None, expected a label"),
        (["a", "b", "c"], ["a", "b", np.nan], r"y\[2\] is nan, expected a label"),
        (["a", "b", "c"], np.array([1, np.nan, 0]), r"y\[1\] is (np\.float64\()?nan\)?, expected a label"),
        (["a", "b", "c"], pd.Series(["a", pd.NA, "b"], dtype="string"), r"y\[1\] is <NA>, expected a label"),
    ],
)
def test_what_cannot_be_learnt_is_an_error(estimator, texts, labels, message):
    with pytest.raises(DataError, match=message):
        clone(estimator).fit(texts, labels)


def test_learning_leaves_chance_and_threads_of_the_program_as_they_were(estimator, rows):
    def drawn():
        return random.random(), np.random.random(), torch.rand(1).item(), torch.get_num_threads()

    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    wanted = drawn()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    clone(estimator).set_params(epochs=1, threads=wanted[-1] + 1).fit(rows[0][:9], rows[1][:9])
    assert drawn() == wanted


@pytest.mark.parametrize("key", ["data.labels", "data.train", "data", "output"])
def test_what_follows_from_the_texts_cannot_be_set(estimator, key):
    with pytest.raises(ConfigError, match=f"settings: {key} follows from what fit is given"):
        clone(estimator).set_params(settings={key: ["1", "0"]}).fit(["a", "b"], [0, 1])


def test_halves_of_characters_do_not_stop_it(estimator):
    texts = ["alpha \ud83d shelled", "beta talks"]
    fitted = clone(estimator).set_params(epochs=1).fit(texts, ["e", "n"])
    assert fitted.predict(texts).shape == (2,)


def test_settings_are_checked_when_it_learns(estimator):
    with pytest.raises(ConfigError, match=r"optimisation\.epochs"):
        clone(estimator).set_params(epochs=0).fit(["a", "b"], [0, 1])
    with pytest.raises(ConfigError, match="seed"):
        clone(estimator).set_params(random_state=-1).fit(["a", "b"], [0, 1])
    with pytest.raises(NotFittedError):
        clone(estimator).predict(["a"])


def test_it_is_at_hand_where_it_is_looked_for_and_loads_nothing_before():
    assert escalate.EscalationClassifier is EscalationClassifier
    code = "import escalate, escalate.training, sys; print({'torch', 'sklearn'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
    for package in (escalate, escalate.training):
        with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
            _ = package.Nothing
