"""Plain fine-tuning through the project's own trainer, of the base or of any other encoder (such as ConfliBERT)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from escalate.benchmarks.rivals.base import Floats, Setting
from escalate.calibration import softmax
from escalate.data.schema import write_jsonl
from escalate.errors import ConfigError
from escalate.training.config import load_config

_CONFIG = "configs/train/plain.yaml"


class FineTuned:
    """Trains with the model and optimisation of a training configuration on the rows it is given, for all epochs."""

    def __init__(self, setting: Setting) -> None:
        """Read the configuration.

        Args:
            setting: Options `config` (configs/train/plain.yaml) and `base`, a checkpoint that wins over the configuration's.

        Raises:
            ConfigError: If the option `base` is there but empty.
        """
        if "base" in setting.options and not setting.options["base"]:
            raise ConfigError("base is not set; give the path of the checkpoint")
        self._config = load_config(Path(setting.option("config", _CONFIG)))
        if "base" in setting.options:
            self._config = self._config.model_copy(
                update={"model": self._config.model.model_copy(update={"base": setting.options["base"]})}
            )
        self._setting = setting
        self._folder = tempfile.TemporaryDirectory(prefix="escalate-")
        self._run = Path(self._folder.name)

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn."""
        from escalate.training.train import train

        labels = list(self._setting.labels)
        file = Path(self._folder.name) / "train.jsonl"
        write_jsonl(file, ({"text": text, "label": labels[target]} for text, target in zip(texts, targets, strict=True)))
        data = {"train": [str(file)], "validation": [], "labels": labels, "allow_unlisted": True}
        content = {**self._config.model_dump(), "data": data, "output": f"{self._folder.name}/run", "seed": self._setting.seed}
        self._run = train(type(self._config).model_validate(content))

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""
        from escalate.runtime.base import Tokenizer
        from escalate.runtime.torch import TorchRuntime
        from escalate.training.train import CHECKPOINT, RESULTS

        checkpoint = self._run / CHECKPOINT
        window = json.loads((self._run / RESULTS).read_text(encoding="utf-8"))["max_tokens"]
        tokens = Tokenizer(checkpoint / "tokenizer.json", window)(list(texts))
        return np.asarray(softmax(TorchRuntime(checkpoint).logits([encoded.ids for encoded in tokens])))
