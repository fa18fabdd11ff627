"""How far words alone get: TF-IDF with logistic regression (scikit-learn), the baseline that a dataset should not fall to."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import Pipeline, make_pipeline

from escalate.data.schema import Sentence
from escalate.labels import LABELS


def tfidf() -> Pipeline:
    """Return TF-IDF of words and pairs of words with logistic regression, classes weighted for balance."""
    features = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, strip_accents="unicode")
    return make_pipeline(features, LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced"))


def keyword_macro_f1(train: Sequence[Sentence], test: Sequence[Sentence]) -> float:
    """Measure how well words alone tell the labels; rows labelled "unclear" are left out.

    Args:
        train: Sentences to learn from.
        test: Sentences to read.

    Returns:
        Macro-F1 on the test sentences, in [0, 1].

    Raises:
        ValueError: If the training sentences have fewer than two labels.
    """
    kept = [[row for row in rows if row.label in LABELS] for rows in (train, test)]
    model = tfidf().fit([row.text for row in kept[0]], [row.label for row in kept[0]])
    found = model.predict([row.text for row in kept[1]])
    return float(f1_score([row.label for row in kept[1]], found, average="macro", labels=list(LABELS), zero_division=0.0))
