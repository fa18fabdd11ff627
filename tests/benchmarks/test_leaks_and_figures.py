import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from escalate.benchmarks.figures import figures, polarity
from escalate.benchmarks.leaks import overlap, shared
from escalate.benchmarks.task import Row
from escalate.errors import DataError
from escalate.labels import LABELS

LONG = "The two armies met at the old bridge before dawn and fought until noon on that day."


def rows(*signs):
    return [Row(f"text {i}", "c", None, sign, str(i)) for i, sign in enumerate(signs)]


def test_exact_and_near_copies_are_counted_and_short_sentences_passed_over():
    texts = [LONG.upper(), LONG.replace("noon", "night"), "He gave no details.", "Something else was said about the harvest."]
    assert overlap(texts, [LONG, "He gave no details."]) == {"exact": 1, "near": 0}
    assert overlap([LONG.replace(" on that day", "")], [LONG]) == {"exact": 0, "near": 1}


def test_shared_sentences_are_counted_once_with_their_disagreements():
    first = [Row("A b.", "1", None, 1, ""), Row("a B", "1", None, 1, ""), Row("c", "1", None, -1, "")]
    second = [Row("a b!", "4", None, -1, ""), Row("c", "1", None, -1, ""), Row("d", "1", None, -1, "")]
    assert shared(first, second) == {"sentences": 2, "other_polarity": 1}


def test_polarity_leaves_rows_without_one_out_and_counts_a_score_of_zero_half():
    found = polarity(np.array([0.5, -0.2, 0.0, 0.9, -0.1]), rows(1, -1, 1, 0, 1), resamples=20)
    assert found["auroc"] == roc_auc_score([1, 0, 1, 1], [0.5, -0.2, 0.0, -0.1])
    assert found["accuracy"] == pytest.approx(2.5 / 4)
    assert (found["conflict"], found["cooperation"]) == (3, 1)
    low, high = found["intervals"]["auroc"]
    assert low <= found["auroc"] <= high


def test_one_class_alone_has_no_auroc_to_speak_of():
    found = polarity(np.array([0.5, 0.1]), rows(1, 1), resamples=10)
    assert found["auroc"] == 0.5
    assert found["intervals"]["auroc"] is None


def test_samples_of_one_class_alone_are_left_out_of_the_interval_of_the_auroc():
    # Half of the samples of two groups hold one of them alone; on all others the score is never wrong.
    assert polarity(np.array([0.5, -0.5]), rows(1, -1), resamples=50)["intervals"]["auroc"] == (1.0, 1.0)


def test_a_task_without_polar_rows_is_an_error():
    with pytest.raises(DataError, match="no row of the task is conflict or cooperation"):
        polarity(np.array([0.5, 0.1]), rows(0, 0), resamples=10)


def test_labels_are_scored_where_the_task_has_them():
    labelled = [Row("x", "", label, 0, label) for label in LABELS] + [
        Row("y", "", LABELS[1], -1, "y"),
        Row("z", "", LABELS[0], 1, "z"),
    ]
    said = np.eye(3)[[0, 1, 2, 1, 0]]
    found = figures(said, labelled, LABELS, labelled=True, resamples=10)
    assert (found["labels"]["macro_f1"], found["polarity"]["accuracy"]) == (1, 1)
    assert "labels" not in figures(said, labelled, LABELS, labelled=False, resamples=10)
