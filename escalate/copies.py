"""Copies: agency text printed by many papers is one report, not many events."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from escalate.errors import require

SAME: Final = 0.7
DAYS: Final = 7

_WORD: Final = re.compile(r"\w+")
_SHORTEST: Final = 6
_PERMUTATIONS: Final = 64
# The index estimates; the exact Jaccard index decides among what it finds.
_ESTIMATED: Final = 0.55

Watch = Callable[[int], object]
"""Called again and again with how many sentences, or rows of a time line, there are so far; what it raises ends the work."""


def originals(
    texts: Sequence[str],
    dates: Sequence[str | None],
    owners: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    watch: Watch | None = None,
) -> list[int]:
    """Find for each text the one that it copies.

    A text is a copy of an earlier original if the Jaccard index of their word trigrams is 0.7 or more and no more than seven
    days lie between them: the same words a year later are news again. What copies a copy but is not itself that near the
    original is an original. Found by MinHash with locality-sensitive hashing (Broder 1997).

    Texts of fewer than six words copy none: "Good evening." may stand anywhere.

    Args:
        texts: n texts, the earliest first.
        dates: Their ISO dates; a text without one copies none and is copied by none.
        owners: Texts of the same owner are never copies of each other; None means that each stands alone.
        groups: A text copies only texts of its own group; None means one group of all.
        watch: Called before each text with the number of those before it, if given.

    Returns:
        For each text the index of its original, the earliest of several, which is its own where it copies none.

    Raises:
        MissingExtraError: If datasketch is not installed.
    """
    require("timeline", "datasketch")
    from datasketch import MinHash, MinHashLSH

    from escalate.data.duplicates import shingles

    found = list(range(len(texts)))
    index = MinHashLSH(threshold=_ESTIMATED, num_perm=_PERMUTATIONS)
    known: dict[int, tuple[int, frozenset[str]]] = {}
    said: dict[tuple[str, int, frozenset[str]], int] = {}
    for row, (text, day) in enumerate(zip(texts, dates, strict=True)):
        if watch:
            watch(row)
        if day is None or len(_WORD.findall(text)) < _SHORTEST:
            continue
        place, pieces = date.fromisoformat(day).toordinal(), shingles(text)
        if groups is not None:
            pieces = frozenset(f"{groups[row]}\0{piece}" for piece in pieces)
        if owners is not None:
            before = said.setdefault((owners[row], place, pieces), row)
            if before != row:
                # Its owner has said this before: it copies what that copies, and the index need not hold it twice.
                found[row] = row if found[before] == before else found[before]
                continue
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([piece.encode() for piece in pieces])
        for other in sorted(index.query(sketch)):
            then, others = known[other]
            same_owner = owners is not None and owners[other] == owners[row]
            if not same_owner and abs(place - then) <= DAYS and _jaccard(pieces, others) >= SAME:
                found[row] = other
                break
        else:
            index.insert(row, sketch)
            known[row] = place, pieces
    return found


def _jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / len(first | second)
