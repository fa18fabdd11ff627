"""Baselines trained on the same sentences: the commonest label, and TF-IDF with logistic regression (scikit-learn)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline

from escalate.data.keywords import tfidf
from escalate.data.labelled import LabelledText


def majority() -> Pipeline:
    """Return a classifier that gives every text the shares of the training labels."""
    return make_pipeline(TfidfVectorizer(), DummyClassifier(strategy="prior"))


BASELINES: dict[str, Callable[[], Pipeline]] = {"majority": majority, "tfidf": tfidf}
"""The baselines by name."""


def baseline_probabilities(name: str, train: Sequence[LabelledText], texts: Sequence[str], count: int) -> NDArray[np.float64]:
    """Train a baseline and read texts with it.

    Args:
        name: One of `BASELINES`.
        train: The training rows; every label must occur.
        texts: n texts to read.
        count: Number of labels.

    Returns:
        Probabilities of shape (n, count).

    Raises:
        KeyError: If there is no such baseline.
        ValueError: If a label does not occur in training.
    """
    model = BASELINES[name]()
    targets = [row.target for row in train]
    if set(targets) != set(range(count)):
        raise ValueError(f"the training rows have {len(set(targets))} of {count} labels")
    model.fit([row.text for row in train], targets)
    return np.asarray(model.predict_proba(texts), dtype=np.float64)
