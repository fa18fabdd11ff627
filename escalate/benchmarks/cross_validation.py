"""Cross-validation of a classifier on a coding's own classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from escalate.benchmarks.leaks import key, overlap
from escalate.benchmarks.rivals.base import Classifier
from escalate.benchmarks.task import Row
from escalate.evaluation.evaluate import evaluate
from escalate.evaluation.metrics import scores


def cross_validate(
    make: Callable[[], Classifier],
    rows: Sequence[Row],
    classes: Mapping[str, str],
    folds: int,
    *,
    seed: int,
    resamples: int,
) -> tuple[dict[str, Any], dict[str, int]]:
    """Let a classifier learn all folds but one and read that one, in turn; a sentence that occurs twice stays in one fold.

    Args:
        make: Makes the classifier, anew for each fold.
        rows: The rows; their codes are learnt.
        classes: Code -> name.
        folds: How many folds.
        seed: Decides the folds.
        resamples: Number of bootstrap samples.

    Returns:
        The figures under "labels" (of all rows, each read once, and "folds": macro-F1 of each fold), and the sentences of a
        fold that stand, exactly or nearly, in the others, summed over the folds.
    """
    texts = [row.text for row in rows]
    targets = np.array([list(classes).index(row.code) for row in rows])
    groups = [key(text) for text in texts]
    names = list(classes.values())
    said = np.zeros((len(rows), len(names)))
    by_fold: list[float] = []
    leaks = {"exact": 0, "near": 0}
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for learnt, tested in splitter.split(texts, targets, groups):
        classifier = make()
        classifier.fit([texts[i] for i in learnt], [int(targets[i]) for i in learnt])
        said[tested] = classifier.predict_proba([texts[i] for i in tested])
        by_fold.append(scores(said[tested].argmax(axis=1), targets[tested], names)["macro_f1"])
        found = overlap([texts[i] for i in tested], [texts[i] for i in learnt])
        leaks = {name: leaks[name] + found[name] for name in leaks}
    return {"labels": {**evaluate(said, targets, names, groups, resamples=resamples), "folds": by_fold}}, leaks
