"""Zero-shot by entailment: does the sentence entail that a step escalates a conflict? (Yin et al., EMNLP 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from escalate.benchmarks.rivals.base import Floats, Setting
from escalate.errors import ConfigError
from escalate.labels import DE_ESCALATION, ESCALATION, NEUTRAL
from escalate.model import find_checkpoint

HYPOTHESES: Final = {
    ESCALATION: "This is a step that makes a conflict more intense, wider or more likely.",
    DE_ESCALATION: "This is a step that makes a conflict less intense, narrower or less likely.",
    NEUTRAL: "This is no step that changes a conflict.",
}
"""What the sentence is asked to entail."""


class Entailment:
    """The pipeline of transformers with a model of natural language inference."""

    def __init__(self, setting: Setting) -> None:
        """Load the model.

        Args:
            setting: Option `base`, a checkpoint; there is no default, since such models are large.

        Raises:
            ConfigError: If no checkpoint is given.
        """
        from transformers import pipeline

        if not setting.option("base", None):
            raise ConfigError("base is not set; give the path of a checkpoint for natural language inference")
        self._labels = setting.labels
        self._pipeline = pipeline("zero-shot-classification", model=str(find_checkpoint(setting.options["base"])), device="cpu")

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn nothing."""

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""
        names = [HYPOTHESES[label] for label in self._labels]
        rows = np.zeros((len(texts), len(names)))
        for row, found in enumerate(self._pipeline(list(texts), names, hypothesis_template="{}")):
            by_name = dict(zip(found["labels"], found["scores"], strict=True))
            rows[row] = [by_name[name] for name in names]
        return rows
