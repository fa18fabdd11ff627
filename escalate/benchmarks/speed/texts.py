"""The sentences of the speed benchmark."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from escalate.bundle import LAYOUT
from escalate.data.labelled import texts_in
from escalate.errors import DataError
from escalate.runtime.base import Tokenizer


def shuffled(files: Sequence[str], seed: int, at_least: int) -> list[str]:
    """Return the different sentences of files, in an order drawn with a seed.

    Args:
        files: Files with texts.
        seed: Draws the order.
        at_least: How many there must be.

    Returns:
        The sentences.

    Raises:
        DataError: If a file cannot be read or there are too few sentences.
    """
    found = list(dict.fromkeys(text for file in files for text in texts_in(Path(file))))
    if len(found) < at_least:
        raise DataError(f"{', '.join(files)}: {len(found)} different sentences, but {at_least} are wanted")
    random.Random(seed).shuffle(found)
    return found


def described(texts: Sequence[str], checkpoint: Path, window: int) -> dict[str, Any]:
    """Return "count", and the mean numbers of "words" and "tokens", special tokens included, of sentences."""
    tokens = Tokenizer(checkpoint / LAYOUT.tokenizer, window)(texts)
    return {
        "count": len(texts),
        "words": float(np.mean([len(text.split()) for text in texts])),
        "tokens": float(np.mean([len(encoded.ids) for encoded in tokens])),
    }
