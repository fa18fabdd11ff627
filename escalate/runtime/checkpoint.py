"""The trained torch checkpoint as a runtime: what an exported bundle is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification


class CheckpointRuntime:
    """Runs a `transformers` checkpoint, one text at a time, in float32."""

    name = "checkpoint"

    def __init__(self, checkpoint: Path) -> None:
        """Load the checkpoint.

        Args:
            checkpoint: A directory that `AutoModelForSequenceClassification.from_pretrained` reads.
        """
        self._model = AutoModelForSequenceClassification.from_pretrained(checkpoint, dtype=torch.float32).eval()

    def logits(self, token_ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Run the network.

        Args:
            token_ids: n texts as token ids.

        Returns:
            Logits of shape (n, number of labels), in the order given.
        """
        rows = np.zeros((len(token_ids), self._model.config.num_labels), dtype=np.float32)
        with torch.inference_mode():
            for row, ids in enumerate(token_ids):
                rows[row] = self._model(input_ids=torch.tensor([list(ids)])).logits[0].float().numpy()
        return rows
