"""What every runtime offers, and the tokens that all of them read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from escalate.text import normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Tokens(NamedTuple):
    """A text as the network reads it: token ids, special tokens included, whether its end was left out or nothing is there."""

    ids: list[int]
    truncated: bool
    empty: bool


class Runtime(Protocol):
    """Runs the network; the row of a text never depends on the other texts."""

    name: str

    def logits(self, token_ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Run the network.

        Args:
            token_ids: n texts as token ids.

        Returns:
            Logits of shape (n, number of labels), in the order given.
        """
        ...


class Tokenizer:
    """Text to token ids, by the tokenizers library."""

    def __init__(self, path: Path, max_tokens: int) -> None:
        """Read the tokenizer.

        Args:
            path: A tokenizer.json.
            max_tokens: The model's window.
        """
        from tokenizers import Tokenizer as Fast

        self._fast = Fast.from_file(str(path))
        self._fast.no_padding()
        self._fast.enable_truncation(max_tokens)
        self._around = self._fast.num_special_tokens_to_add(False)

    def __call__(self, texts: Sequence[str]) -> list[Tokens]:
        """Normalise and encode texts.

        Args:
            texts: n texts.

        Returns:
            n `Tokens`.
        """
        encodings = self._fast.encode_batch_fast([normalise(text) for text in texts])
        return [Tokens(found.ids, bool(found.overflowing), len(found.ids) <= self._around) for found in encodings]
