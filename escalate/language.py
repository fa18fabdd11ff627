"""Which articles are in another language than English, the only one that the models know."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# The library is imported for the few texts that need it: loading takes longer than reading a short article.

_LONGEST: Final = 20_000
_SHARE_OF_THE: Final = 0.02
_WORDS: Final = 8
_LETTERS: Final = 20
_CERTAIN: Final = 0.9
_RELATIVES: Final = 3
_PERHAPS_ENGLISH: Final = 0.1
# Nigerian Pidgin is what English that names Nigeria or Boko Haram is taken for.
_ENGLISH: Final = ("en", "pcm")
# ISO 639 for text without language, such as a table of numbers.
_NO_LANGUAGE: Final = "zxx"
_WORD: Final = re.compile(r"[^\W\d_]+")
_THE: Final = re.compile(r"\bthe\b", re.IGNORECASE)


def foreign_language(text: str) -> str | None:
    """Recognise a text in another language than English.

    Meant for articles; a single sentence, full of names, is often too little to go by.

    Args:
        text: An article; of a long one the first 20,000 characters are looked at.

    Returns:
        The ISO 639 code of the language; of close relatives, such as Indonesian and Malay, it may be the other's. None for
        English and its Nigerian Pidgin, for a text that is too short or too mixed to tell, and for one without language.
    """
    text = text[:_LONGEST]
    words = len(_WORD.findall(text))
    # Nearly every English article says "the", and far more often than a foreign one that names an English paper.
    if words and len(_THE.findall(text)) >= _SHARE_OF_THE * words:
        return None
    if words < _WORDS and _letters_without_case(text) < _LETTERS:
        return None
    best = {str(language): float(probability) for language, probability in _identifier().rank(text)[:_RELATIVES]}
    language = next(iter(best))
    english = sum(best.get(code, 0.0) for code in _ENGLISH)
    # Relatives share the probability, however long the text: Croatian and Bosnian, Mandarin and Wu.
    if english >= _PERHAPS_ENGLISH or language == _NO_LANGUAGE or sum(best.values()) < _CERTAIN:
        return None
    return language


def _letters_without_case(text: str) -> int:
    """Count the letters of scripts without capitals, some of which put no space between words."""
    return sum(char.isalpha() and char.lower() == char.upper() for char in text)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
