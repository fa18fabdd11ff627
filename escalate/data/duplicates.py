"""Near-duplicate sentences: MinHash with locality-sensitive hashing (datasketch), confirmed by the exact Jaccard index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from datasketch import MinHash, MinHashLSH

_WORD: Final = re.compile(r"\w+")
_SHINGLE: Final = 3
_PERMUTATIONS: Final = 64
_MARGIN: Final = 0.15
_SHORTEST: Final = 6


class Pair(NamedTuple):
    """Two rows, by index, and the Jaccard index of their word trigrams."""

    first: int
    second: int
    jaccard: float


def shingles(text: str) -> frozenset[str]:
    """Return the word trigrams of a text, case aside; its words where it has fewer than three."""
    words = _WORD.findall(text.casefold())
    if len(words) < _SHINGLE:
        return frozenset(words)
    return frozenset(" ".join(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1))


def near_duplicates(texts: Sequence[str], threshold: float) -> Iterator[Pair]:
    """Find pairs of texts that say nearly the same.

    Texts of fewer than six words are passed over: "Good evening." may stand anywhere.

    Args:
        texts: The texts.
        threshold: Smallest Jaccard index that counts, in (0, 1].

    Yields:
        The pairs, `first` before `second`.
    """
    index = MinHashLSH(threshold=max(0.1, threshold - _MARGIN), num_perm=_PERMUTATIONS)
    seen: dict[int, frozenset[str]] = {}
    for row, text in enumerate(texts):
        if len(_WORD.findall(text)) < _SHORTEST:
            continue
        pieces = shingles(text)
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([piece.encode() for piece in pieces])
        for other in index.query(sketch):
            jaccard = len(pieces & seen[other]) / len(pieces | seen[other])
            if jaccard >= threshold:
                yield Pair(other, row, jaccard)
        index.insert(row, sketch)
        seen[row] = pieces
