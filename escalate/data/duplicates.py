"""Near-duplicate sentences: MinHash with locality-sensitive hashing (datasketch), confirmed by the exact Jaccard index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from datasketch import MinHash, MinHashLSH

from escalate.shingles import is_short, jaccard, shingles

_PERMUTATIONS: Final = 64
_MARGIN: Final = 0.15


class Pair(NamedTuple):
    """Two rows, by index, and the Jaccard index of their word trigrams."""

    first: int
    second: int
    jaccard: float


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
        if is_short(text):
            continue
        pieces = shingles(text)
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([piece.encode() for piece in pieces])
        for other in index.query(sketch):
            found = jaccard(pieces, seen[other])
            if found >= threshold:
                yield Pair(other, row, found)
        index.insert(row, sketch)
        seen[row] = pieces
