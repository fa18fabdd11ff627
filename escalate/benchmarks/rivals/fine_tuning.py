"""Plain fine-tuning through the project's own trainer, of the base or of any other encoder (such as ConfliBERT)."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from escalate import __version__
from escalate.benchmarks.rivals.base import Floats, Setting
from escalate.calibration import softmax
from escalate.data.schema import write_jsonl
from escalate.errors import ConfigError
from escalate.model import find_checkpoint, fingerprint
from escalate.text import normalise
from escalate.training.config import load_config

_CONFIG: Final = "configs/train/plain.yaml"
_PACKAGES: Final = ("torch", "transformers", "accelerate")


class FineTuned:
    """Trains with the model and optimisation of a training configuration on the rows it is given, for all epochs."""

    def __init__(self, setting: Setting) -> None:
        """Read the configuration.

        Args:
            setting: Options `config` (configs/train/plain.yaml), `base`, a checkpoint that wins over the configuration's, and
                `keep`, a folder for the run: where one of the same rows, settings, base and versions is there it is taken, or
                goes on.

        Raises:
            BundleError: If the base cannot be found.
            ConfigError: If the option `base` is there but empty.
        """
        if "base" in setting.options and not setting.options["base"]:
            raise ConfigError("base is not set; give the path of the checkpoint")
        self._config = load_config(Path(setting.option("config", _CONFIG)))
        if "base" in setting.options:
            self._config = self._config.model_copy(
                update={"model": self._config.model.model_copy(update={"base": setting.options["base"]})}
            )
        self._base = find_checkpoint(self._config.model.base)
        self._setting = setting
        self._folder = tempfile.TemporaryDirectory(prefix="escalate-")
        self._run = Path(self._folder.name)

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn."""
        from escalate.training.train import RESULTS, train

        labels = list(self._setting.labels)
        rows = [{"text": text, "label": labels[target]} for text, target in zip(texts, targets, strict=True)]
        settings = {**self._config.model_dump(exclude={"data", "output"}), "seed": self._setting.seed}
        folder = self._place(rows, settings)
        self._run = folder / "run"
        if (self._run / RESULTS).is_file():
            return
        folder.mkdir(parents=True, exist_ok=True)
        write_jsonl(folder / "train.jsonl", ({**row, "text": normalise(row["text"])} for row in rows))
        data = {"train": [str(folder / "train.jsonl")], "validation": [], "labels": labels, "allow_unlisted": True}
        content = {**settings, "data": data, "output": str(self._run)}
        train(type(self._config).model_validate(content))

    def _place(self, rows: Sequence[dict[str, str]], settings: dict[str, Any]) -> Path:
        kept = self._setting.option("keep", None)
        if kept is None:
            return Path(self._folder.name)
        made_from = [rows, settings, fingerprint(self._base), __version__, *(version(name) for name in _PACKAGES)]
        return Path(kept) / hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:16]

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""
        from escalate.runtime.base import Tokenizer
        from escalate.runtime.checkpoint import CheckpointRuntime
        from escalate.training.train import CHECKPOINT, RESULTS

        checkpoint = self._run / CHECKPOINT
        window = json.loads((self._run / RESULTS).read_text(encoding="utf-8"))["max_tokens"]
        tokens = Tokenizer(checkpoint / "tokenizer.json", window)(list(texts))
        return np.asarray(softmax(CheckpointRuntime(checkpoint).logits([encoded.ids for encoded in tokens])))
