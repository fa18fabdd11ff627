"""Logits of a trained model for many texts: padded batches of like length, on the GPU where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from escalate.text import normalise

_BATCH: Final = 64


def classify(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    max_tokens: int,
    precision: str | None = None,
) -> NDArray[np.float32]:
    """Run a classifier.

    Args:
        model: The classifier; it is put into evaluation mode.
        tokenizer: Its tokenizer.
        texts: n texts; blank ones are read as they are.
        max_tokens: The window in tokens, special tokens included; what is longer is cut.
        precision: "bf16" or "fp16" for matrix products in that precision, None for float32.

    Returns:
        Logits of shape (n, labels), in the order given; padding changes them by rounding alone.
    """
    network: Any = model
    rows = np.zeros((len(texts), int(network.config.num_labels)), dtype=np.float32)
    if not texts:
        return rows
    device = "cuda" if torch.cuda.is_available() else network.device
    network = network.eval().to(device)
    ids = tokenizer([normalise(text) for text in texts], truncation=True, max_length=max_tokens)["input_ids"]
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    narrow = torch.float16 if precision == "fp16" else torch.bfloat16
    with torch.inference_mode(), torch.autocast(network.device.type, narrow, enabled=precision is not None):
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            batch = tokenizer.pad({"input_ids": [ids[place] for place in places]}, return_tensors="pt").to(device)
            rows[places] = network(**batch).logits.float().cpu().numpy()
    return rows
