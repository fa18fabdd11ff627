"""How varied sentences are: repeated phrases, openings, lengths, quotations, clauses."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

_WORD: Final = re.compile(r"\w+(?:['’]\w+)?")
_QUOTE: Final = re.compile(r"[\"“”]")
_ATTRIBUTION: Final = re.compile(
    r"\b(?:said|says|say|told|tells|according to|added|announced|reported|reports|stated|argued|insisted|warned|claimed|wrote|"
    r"asked|replied|explained|noted|spokesman|spokeswoman|put it|called it)\b",
    flags=re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r"\b(?:who|which|that|when|while|where|after|before|because|although|though|if|since|until|as|but|whose|unless|so)\b|;",
    flags=re.IGNORECASE,
)

# The share of distinct trigrams falls with the number of sentences, whatever their variety: corpora are compared at one size.
_SAMPLE: Final = 20_000


def diversity(texts: Sequence[str]) -> dict[str, Any]:
    """Describe sentences.

    The shares of attribution and of several clauses come from lists of words and are estimates, good for comparing corpora.

    Args:
        texts: The sentences.

    Returns:
        "sentences", "words_mean", "words_quantiles" (5, 25, 50, 75, 95%), "distinct_trigrams" (distinct over all word
        trigrams, of at most 20,000 sentences drawn at random), "commonest_fivegram" and "commonest_opening" (three words),
        each with its share of the sentences, and the shares "quotation", "quotation_or_attribution", "number" and
        "several_clauses".
    """
    words = [_WORD.findall(text.casefold()) for text in texts]
    lengths = np.array([len(row) for row in words])
    sample = random.Random(0).sample(words, _SAMPLE) if len(words) > _SAMPLE else words
    trigrams = Counter(piece for row in sample for piece in _ngrams(row, 3))
    return {
        "sentences": len(texts),
        "words_mean": float(lengths.mean()),
        "words_quantiles": np.quantile(lengths, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist(),
        "distinct_trigrams": len(trigrams) / max(sum(trigrams.values()), 1),
        "commonest_fivegram": _commonest((set(_ngrams(row, 5)) for row in words), len(texts)),
        "commonest_opening": _commonest(({" ".join(row[:3])} for row in words if len(row) >= 3), len(texts)),
        "quotation": _share(texts, _QUOTE),
        "quotation_or_attribution": sum(bool(_QUOTE.search(text) or _ATTRIBUTION.search(text)) for text in texts) / len(texts),
        "number": _share(texts, re.compile(r"\d")),
        "several_clauses": _share(texts, _CLAUSE),
    }


def _ngrams(words: Sequence[str], n: int) -> list[str]:
    return [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]


def _commonest(pieces: Iterable[set[str]], count: int) -> dict[str, Any]:
    found = Counter(piece for row in pieces for piece in row).most_common(1)
    phrase, number = found[0] if found else ("", 0)
    return {"phrase": phrase, "share": number / max(count, 1)}


def _share(texts: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(bool(pattern.search(text)) for text in texts) / max(len(texts), 1)
