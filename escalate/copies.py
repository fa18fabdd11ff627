"""Copies: agency text printed by many papers is one report, not many events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import chain
from math import ceil
from typing import Final

from escalate.shingles import is_short, jaccard, shingles

SAME: Final = 0.7
DAYS: Final = 7

# Products of floats may lie above the whole number that they stand for.
_ROUNDING: Final = 1e-9

Watch = Callable[[int], object]
"""Called again and again with how many sentences, or rows of a time line, there are so far; what it raises ends the work."""


def originals(
    texts: Sequence[str],
    dates: Sequence[str | None],
    owners: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    alike: Callable[[int, int], bool] | None = None,
    watch: Watch | None = None,
) -> list[int]:
    """Find for each text the one that it copies.

    A text is a copy of an earlier original if the Jaccard index of their word trigrams is 0.7 or more and no more than seven
    days lie between them: the same words a year later are news again. What copies a copy but is not itself that near the
    original is an original. Every pair that near is found.

    Texts of fewer than six words copy none: "Good evening." may stand anywhere.

    Args:
        texts: n texts, the earliest first.
        dates: Their ISO dates; a text without one copies none and is copied by none.
        owners: Texts of the same owner are never copies of each other; None means that each stands alone.
        groups: A text copies only texts of its own group; None means one group of all.
        alike: Asked with the indexes of a text and of an original that may be as near: whether it copies it if it is. None: it
            does.
        watch: Called again and again with the number of texts gone through, if given.

    Returns:
        For each text the index of its original, the earliest of several, which is its own where it copies none.
    """
    found = list(range(len(texts)))
    sets: dict[int, frozenset[str]] = {}
    for row, (text, day) in enumerate(zip(texts, dates, strict=True)):
        if watch:
            watch(row)
        if day is not None and not is_short(text):
            mark = "" if groups is None else f"{groups[row]}\0"
            sets[row] = frozenset(mark + piece for piece in shingles(text))
    index = _Index(sets.values())
    places: dict[int, int] = {}
    said: dict[tuple[str, int, frozenset[str]], int] = {}
    for row, pieces in sets.items():
        if watch:
            watch(row)
        place = date.fromisoformat(dates[row] or "").toordinal()
        if owners is not None:
            before = said.setdefault((owners[row], place, pieces), row)
            if before != row:
                # Its owner has said this before: it copies what that copies, and the index need not hold it twice.
                found[row] = row if found[before] == before else found[before]
                continue
        for other in sorted(index.near(pieces)):
            same_owner = owners is not None and owners[other] == owners[row]
            if same_owner or place - places[other] > DAYS or not (alike is None or alike(row, other)):
                continue
            if jaccard(pieces, sets[other]) >= SAME:
                found[row] = other
                break
        else:
            index.add(row, pieces)
            places[row] = place
    return found


class _Index:
    """Finds the sets whose Jaccard index with another may be 0.7 or more, and misses none.

    Two such sets share one of their rarest members: where that is the first member that they share, in order of rarity, enough
    must be left of both sets behind it (Bayardo, Ma and Srikant 2007; Xiao, Wang, Lin and Yu 2008).
    """

    def __init__(self, sets: Iterable[frozenset[str]]) -> None:
        """Count how rare the members are in all sets that there will be."""
        self._counts = Counter(chain.from_iterable(sets))
        self._rows: dict[str, dict[tuple[int, int], list[int]]] = {}

    def add(self, row: int, pieces: frozenset[str]) -> None:
        """Add a set under a number."""
        for left, piece in self._rarest(pieces):
            self._rows.setdefault(piece, {}).setdefault((len(pieces), left), []).append(row)

    def near(self, pieces: frozenset[str]) -> set[int]:
        """Return the numbers of the sets that may be near."""
        found: set[int] = set()
        for left, piece in self._rarest(pieces):
            for (size, others_left), rows in self._rows.get(piece, {}).items():
                if min(left, others_left) >= _least(SAME / (1 + SAME) * (len(pieces) + size)):
                    found.update(rows)
        return found

    def _rarest(self, pieces: frozenset[str]) -> list[tuple[int, str]]:
        """Return the members of which a near set has at least one, the rarest first, each with the number of those left."""
        ordered = sorted(sorted(pieces), key=self._counts.__getitem__)
        first = len(ordered) - _least(SAME * len(ordered)) + 1
        return [(len(ordered) - place, piece) for place, piece in enumerate(ordered[:first])]


def _least(number: float) -> int:
    return ceil(number - _ROUNDING)
