"""How near two texts are: the Jaccard index of their word trigrams."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"\w+")
_SHINGLE: Final = 3
_SHORTEST: Final = 6


def shingles(text: str) -> frozenset[str]:
    """Return the word trigrams of a text, case aside; its words where it has fewer than three."""
    words = _WORD.findall(text.casefold())
    if len(words) < _SHINGLE:
        return frozenset(words)
    return frozenset(" ".join(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1))


def is_short(text: str) -> bool:
    """Say whether a text has fewer than six words, too few to be a copy: "Good evening." may stand anywhere."""
    return len(_WORD.findall(text)) < _SHORTEST


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the Jaccard index of two sets, of which one has members."""
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared)
