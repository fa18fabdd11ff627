"""Tables of embeddings in 4 bits: most of a small encoder's file is its vocabulary.

Rounded after training, such a table changes labels. Rounded before it and left alone, the layers above
learn to live with it, and export has nothing more to lose.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

from escalate.errors import ConfigError

BLOCK: Final = 32
"""Values that share a scale."""
# 8/7 is among them so that a table which has been rounded once is found as it is.
_FACTORS: Final = (0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.07, 8 / 7)

Floats = NDArray[np.float32]


def in_four_bits(values: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Round a table in blocks, each with the scale of the least squared error.

    Args:
        values: Shape (n, width), the width a multiple of `BLOCK`.

    Returns:
        Integers from -8 to 7 of shape (n, width / BLOCK, BLOCK), and scales of shape (n, width / BLOCK, 1).
    """
    blocks = values.reshape(len(values), -1, BLOCK)
    furthest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1, keepdims=True), axis=-1)
    # 4 bits reach from -8 to 7: the value furthest from zero takes the -8, unless a smaller or larger step serves the others.
    widest = np.where(furthest == 0, 1e-8, furthest / -8).astype(np.float32)
    scales, least = widest, np.full_like(widest, np.inf)
    for factor in (sign * size for size in _FACTORS for sign in (1, -1)):
        error = ((_rounded(blocks, widest * factor) * widest * factor - blocks) ** 2).sum(axis=-1, keepdims=True)
        scales, least = np.where(error < least, widest * factor, scales), np.minimum(error, least)
    return _rounded(blocks, scales).astype(np.int8), scales.astype(np.float32)


def round_words(model: PreTrainedModel) -> None:
    """Round an encoder's table of words to 4 bits, in place, and keep it from learning.

    Args:
        model: The model.

    Raises:
        ConfigError: If the width of the table is no multiple of `BLOCK`.
    """
    table: Any = model.get_input_embeddings().weight
    if table.shape[1] % BLOCK:
        raise ConfigError(f"model.table_bits: embeddings {table.shape[1]} wide cannot be rounded in blocks of {BLOCK}")
    integers, scales = in_four_bits(table.detach().float().numpy())
    with torch.no_grad():
        table.copy_(torch.from_numpy((integers * scales).reshape(tuple(table.shape))))
    table.requires_grad = False


def _rounded(blocks: Floats, scales: Floats) -> Floats:
    return np.asarray(np.clip(np.rint(blocks / scales), -8, 7), dtype=np.float32)
