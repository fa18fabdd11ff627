import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from escalate.data.labelled import LabelledText
from escalate.data.polarity import read_polarity
from escalate.errors import DataError
from escalate.evaluation.evaluate import Read
from escalate.evaluation.polarity import polarity_figures, polarity_of_neutral
from escalate.labels import LABELS
from escalate.text import sentence_hash

TEXTS = ["Guns were heard.", "They dined.", "It rained.", "They shelled the town.", "Nobody has read this one."]


def figures(score, *signs, resamples=20):
    return polarity_figures(np.array(score), signs, [str(i) for i in range(len(signs))], resamples=resamples)


def test_rows_without_a_polarity_are_left_out_and_a_score_of_zero_counts_half():
    found = figures([0.5, -0.2, 0.0, 0.9, -0.1], 1, -1, 1, 0, 1)
    assert found["auroc"] == roc_auc_score([1, 0, 1, 1], [0.5, -0.2, 0.0, -0.1])
    assert found["accuracy"] == pytest.approx(2.5 / 4)
    assert (found["conflict"], found["cooperation"]) == (3, 1)
    low, high = found["intervals"]["auroc"]
    assert low <= found["auroc"] <= high


def test_one_class_alone_has_no_auroc_to_speak_of():
    found = figures([0.5, 0.1], 1, 1)
    assert found["auroc"] == 0.5
    assert found["intervals"]["auroc"] is None


def test_samples_of_one_class_alone_are_left_out_of_the_interval_of_the_auroc():
    # Half of the samples of two groups hold one of them alone; on all others the score is never wrong.
    assert figures([0.5, -0.5], 1, -1, resamples=50)["intervals"]["auroc"] == (1.0, 1.0)


def test_rows_none_of_which_is_polar_are_an_error():
    with pytest.raises(DataError, match="no row of the data is conflict or cooperation"):
        figures([0.5, 0.1], 0, 0)


@pytest.fixture
def readings(tmp_path):
    said = [
        {"a": "conflict", "b": "conflict"},
        {"a": "cooperation"},
        {"a": "neither", "b": "conflict"},
        {"a": "cooperation"},
    ]
    file = tmp_path / "polarity.jsonl"
    lines = [{"id": sentence_hash(text), "readers": readers} for text, readers in zip(TEXTS, said, strict=False)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def test_only_neutral_rows_on_which_readers_agree_are_compared(readings):
    rows = [LabelledText(text, target, text) for text, target in zip(TEXTS, (2, 2, 2, 0, 2), strict=True)]
    said = np.array([[0.2, 0.1, 0.7], [0.2, 0.1, 0.7], [0.1, 0.2, 0.7], [0.1, 0.8, 0.1], [0.1, 0.2, 0.7]])
    found = polarity_of_neutral(Read(rows, said, np.array([row.target for row in rows]), 0), LABELS, read_polarity(readings))
    assert (found["conflict"], found["cooperation"], found["accuracy"]) == (1, 1, 0.5)


def test_the_polarity_of_a_text_is_the_mean_of_its_readers(readings):
    assert list(read_polarity(readings).values()) == [1.0, 0.0, 0.75, 0.0]


def test_a_reading_that_does_not_fit_names_file_line_and_field(tmp_path):
    file = tmp_path / "polarity.jsonl"
    file.write_text(json.dumps({"id": sentence_hash("x"), "readers": {"a": "friendly"}}) + "\n")
    with pytest.raises(DataError, match=r"polarity\.jsonl:1: field 'readers\.a'"):
        read_polarity(file)
