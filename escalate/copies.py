"""Copies: agency text printed by many papers is one report, not many events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from escalate.errors import require

SAME: Final = 0.7
DAYS: Final = 7


def originals(texts: Sequence[str], dates: Sequence[str | None], owners: Sequence[str] | None = None) -> list[int]:
    """Find for each text the one that it copies.

    Two texts are copies if the Jaccard index of their word trigrams is 0.7 or more and no more than seven days lie between
    them: the same words a year later are news again. Found by MinHash with locality-sensitive hashing (Broder 1997).

    Args:
        texts: n texts, the earliest first.
        dates: Their ISO dates; one that is unknown lies near any other.
        owners: Texts of the same owner are never copies of each other; None means that each stands alone.

    Returns:
        For each text the index of its original, which is its own where it copies none.

    Raises:
        MissingExtraError: If datasketch is not installed.
    """
    require("timeline", "datasketch")
    from escalate.data.duplicates import near_duplicates

    found = list(range(len(texts)))
    for pair in near_duplicates(texts, SAME):
        same_owner = owners is not None and owners[pair.first] == owners[pair.second]
        if found[pair.second] == pair.second and not same_owner and _near(dates[pair.first], dates[pair.second]):
            found[pair.second] = found[pair.first]
    return found


def _near(first: str | None, second: str | None) -> bool:
    return not first or not second or abs((date.fromisoformat(second) - date.fromisoformat(first)).days) <= DAYS
