"""SetFit: contrastive fine-tuning of the base on pairs of a few sentences, then a linear head (Tunstall et al., 2022)."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from escalate.benchmarks.rivals.base import Floats, Setting, in_columns
from escalate.model import BASE, find_checkpoint


class SetFit:
    """The library's own trainer on a balanced sample, so that it ends in minutes."""

    def __init__(self, setting: Setting) -> None:
        """Take the settings.

        Args:
            setting: Options `base` (a checkpoint), `samples` (64 a label) and `steps` (200 batches of 16 pairs).
        """
        self._setting = setting
        self._model: Any = None

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn."""
        import datasets
        from setfit import SetFitModel, Trainer, TrainingArguments
        from transformers import set_seed

        setting = self._setting
        set_seed(setting.seed)
        rows = _sample(targets, setting.option("samples", 64), setting.seed)
        data = datasets.Dataset.from_dict({"text": [texts[i] for i in rows], "label": [targets[i] for i in rows]})
        self._model = SetFitModel.from_pretrained(str(find_checkpoint(setting.option("base", BASE))), device="cpu")
        with tempfile.TemporaryDirectory(prefix="escalate-") as folder:
            arguments = TrainingArguments(
                output_dir=folder,
                batch_size=16,
                max_steps=setting.option("steps", 200),
                seed=setting.seed,
                save_strategy="no",
                report_to="none",
                show_progress_bar=False,
            )
            Trainer(model=self._model, args=arguments, train_dataset=data).train()

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""
        found = np.asarray(self._model.predict_proba(list(texts), as_numpy=True), dtype=np.float64)
        return in_columns(found, self._model.model_head.classes_, len(self._setting.labels))


def _sample(targets: Sequence[int], count: int, seed: int) -> list[int]:
    generator = random.Random(seed)
    by_label: dict[int, list[int]] = {}
    for row, target in enumerate(targets):
        by_label.setdefault(target, []).append(row)
    return sorted(row for rows in by_label.values() for row in generator.sample(rows, min(count, len(rows))))
