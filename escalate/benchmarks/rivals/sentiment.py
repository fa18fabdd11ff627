"""VADER: the sentiment of a text by lexicon and rules (Hutto and Gilbert, ICWSM 2014), taken as its direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from escalate.benchmarks.rivals.base import Floats, Setting
from escalate.calibration import softmax
from escalate.labels import DE_ESCALATION, ESCALATION, NEUTRAL

_NEUTRAL: Final = 0.05
"""The authors' own bound: a compound score nearer to 0 is neutral."""


class Vader:
    """Negative is escalation, positive de-escalation; the probabilities are a softmax that keeps that order."""

    def __init__(self, setting: Setting) -> None:
        """Load the lexicon.

        Args:
            setting: The labels; no options.
        """
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self._analyser = SentimentIntensityAnalyzer()
        self._labels = setting.labels

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn nothing."""

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""
        compound = np.array([self._analyser.polarity_scores(text)["compound"] for text in texts])
        columns = {ESCALATION: -compound, DE_ESCALATION: compound, NEUTRAL: np.full(len(texts), _NEUTRAL)}
        return softmax(np.stack([columns[label] for label in self._labels], axis=1))
