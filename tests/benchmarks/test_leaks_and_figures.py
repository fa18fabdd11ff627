import numpy as np

from escalate.benchmarks.figures import figures
from escalate.benchmarks.leaks import overlap, shared
from escalate.benchmarks.task import Row
from escalate.labels import LABELS

LONG = "The two armies met at the old bridge before dawn and fought until noon on that day."


def test_exact_and_near_copies_are_counted_and_short_sentences_passed_over():
    texts = [LONG.upper(), LONG.replace("noon", "night"), "He gave no details.", "Something else was said about the harvest."]
    assert overlap(texts, [LONG, "He gave no details."]) == {"exact": 1, "near": 0}
    assert overlap([LONG.replace(" on that day", "")], [LONG]) == {"exact": 0, "near": 1}


def test_shared_sentences_are_counted_once_with_their_disagreements():
    first = [Row("A b.", "1", None, 1, ""), Row("a B", "1", None, 1, ""), Row("c", "1", None, -1, "")]
    second = [Row("a b!", "4", None, -1, ""), Row("c", "1", None, -1, ""), Row("d", "1", None, -1, "")]
    assert shared(first, second) == {"sentences": 2, "other_polarity": 1}


def test_labels_are_scored_where_the_task_has_them():
    labelled = [Row("x", "", label, 0, label) for label in LABELS] + [
        Row("y", "", LABELS[1], -1, "y"),
        Row("z", "", LABELS[0], 1, "z"),
    ]
    said = np.eye(3)[[0, 1, 2, 1, 0]]
    found = figures(said, labelled, LABELS, labelled=True, resamples=10)
    assert (found["labels"]["macro_f1"], found["polarity"]["accuracy"]) == (1, 1)
    assert "labels" not in figures(said, labelled, LABELS, labelled=False, resamples=10)
