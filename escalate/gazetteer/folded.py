"""A text as the gazetteer writes names, and what the whole of it says of the names that are ambiguous."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import Final

# A letter of a name has a few marks at most; composing takes the square of their number.
_FOLDED: Final = re.compile(
    r"[‘’ʼ]|[^\S ]\s*| \s+|\w[\u0300-\u036f]{1,4}"
    # A name that is hyphenated at the end of a line ("Azer-", "baijan"), not a compound ("Iran-", "backed").
    r"|(?<=[a-zà-öø-ÿ])[-‐][ \t\r]*\n[ \t]*(?=[a-zà-öø-ÿ])(?!(?:[a-z]+(?:ed|ing)|born|friendly|held|made|run|style|wide)\b)"
)
_PARAGRAPH_BREAK: Final = re.compile(r"\n\s*\n|[^\S\n]{4}")
_US_GEORGIA: Final = re.compile(
    r"\b(?:Atlanta|Savannah|Augusta|Macon|Alabama|Carolina|Florida|Tennessee|Fulton County|Democrats?|Republicans?|U\.S\. state"
    r"|run-?off|Confederate)\b"
)
_OTHER_GEORGIA: Final = re.compile(r"\b(?:Tbilisi|Russian?|Osseti|Abkhaz|Saakashvili|Caucasus|Gori|Batumi|Moscow|Shevardnadze)")
_BRAZZAVILLE: Final = re.compile(r"\b(?:Brazzaville|Sassou|Pointe-Noire|Lissouba|Youlou)")
_KINSHASA: Final = re.compile(r"\b(?:Kinshasa|Leopoldville|Léopoldville|Zaire|Goma|Bukavu|Katanga|Kivu|Kabila|Mobutu|Lumumba)")
_UNION: Final = re.compile(r"\b(?:EU|EEC|European (?:Union|Commission|Community|Communities|Economic Community))\b|\bE\.U\.")


class Folded:
    """A text as the gazetteer writes names: straight apostrophes, single spaces, composed letters, no hyphens at line ends.

    A paragraph's end becomes a line end, across which no name goes on. What the whole text says is looked up once, if at all.
    """

    def __init__(self, given: str) -> None:
        self._offsets: list[int] | None = None
        self._held: dict[str, bool] = {}
        self.folded = given
        if _FOLDED.search(given):
            self._fold(given)

    def _fold(self, given: str) -> None:
        pieces: list[str] = []
        self._offsets, end = [], 0
        for match in _FOLDED.finditer(given):
            start, piece = match.start(), _fold(match[0])
            self._offsets.extend(range(end, start))
            self._offsets.extend(min(start + place, match.end() - 1) for place in range(len(piece)))
            pieces += given[end:start], piece
            end = match.end()
        self._offsets.extend(range(end, len(given) + 1))
        self.folded = "".join([*pieces, given[end:]])

    def offset(self, place: int) -> int:
        """Return where a place of the folded text lies in the given one."""
        return place if self._offsets is None else self._offsets[place]

    def holds(self, name: str) -> bool:
        """Tell whether a name occurs anywhere in it."""
        if name not in self._held:
            self._held[name] = name in self.folded
        return self._held[name]

    @cached_property
    def in_capitals(self) -> bool:
        """Whether all of it is written in capitals."""
        return self.folded.isupper()

    @cached_property
    def of_american_georgia(self) -> bool:
        """Whether it speaks of the American Georgia alone."""
        return bool(_US_GEORGIA.search(self.folded) and not _OTHER_GEORGIA.search(self.folded))

    @cached_property
    def of_brazzaville(self) -> bool:
        """Whether it speaks of the Congo of Brazzaville alone."""
        return bool(_BRAZZAVILLE.search(self.folded) and not _KINSHASA.search(self.folded))

    @cached_property
    def of_belgium(self) -> bool:
        """Whether it speaks of Belgium, and not of the European Union."""
        return self.holds("Belgi") and not _UNION.search(self.folded)


def _fold(piece: str) -> str:
    if piece in "‘’ʼ":
        return "'"
    if piece[0] in "-‐":
        return ""
    if piece.isspace():
        return "\n" if _PARAGRAPH_BREAK.search(piece) else " "
    return unicodedata.normalize("NFC", piece)
