"""fastText: a linear classifier on averaged vectors of words and word pairs (Joulin et al., EACL 2017)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from escalate.benchmarks.rivals.base import Floats, Setting
from escalate.text import normalise

_PREFIX = "__label__"


class FastText:
    """Trained on one thread, so that the same seed gives the same model."""

    def __init__(self, setting: Setting) -> None:
        """Take the settings.

        Args:
            setting: Options `epochs` (25) and `learning_rate` (0.5).
        """
        self._setting = setting
        self._model: Any = None

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn."""
        import fasttext

        with tempfile.TemporaryDirectory(prefix="escalate-") as folder:
            file = Path(folder) / "train.txt"
            file.write_text(
                "".join(f"{_PREFIX}{target} {_line(text)}\n" for text, target in zip(texts, targets, strict=True)),
                encoding="utf-8",
            )
            self._model = fasttext.train_supervised(
                str(file),
                epoch=self._setting.option("epochs", 25),
                lr=self._setting.option("learning_rate", 0.5),
                wordNgrams=2,
                bucket=200_000,
                seed=self._setting.seed,
                thread=1,
                verbose=0,
            )

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""
        found = np.zeros((len(texts), len(self._setting.labels)))
        for row, text in enumerate(texts):
            names, values = self._model.predict(_line(text), k=-1)
            for name, value in zip(names, values, strict=True):
                found[row, int(name.removeprefix(_PREFIX))] = value
        return np.asarray(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-12))

    def save(self, folder: Path) -> None:
        """Write what prediction needs into a folder."""
        self._model.save_model(str(folder / "model.bin"))


def _line(text: str) -> str:
    return " ".join(normalise(text).casefold().split())
