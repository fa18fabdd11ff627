"""Sentence splitters compared on gold sentence ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from itertools import accumulate

from escalate.text import sentences

Splitter = Callable[[str], list[int]]
"""Text in, the offsets at which its sentences end out."""


def splitters() -> dict[str, Splitter]:
    """Return ours and its rivals by name; needs pysbd and syntok, which come with the extra `dev`."""
    import pysbd
    import sentencex
    from syntok import segmenter

    by_rules = pysbd.Segmenter(language="en", clean=False)
    return {
        "escalate (sentencex, quotation marks hidden)": lambda text: [span.end for span in sentences(text)],
        f"sentencex {version('sentencex')}": lambda text: _ends(text, sentencex.segment("en", text)),
        f"pysbd {version('pysbd')}": lambda text: _ends(text, by_rules.segment(text)),
        f"syntok {version('syntok')}": lambda text: [
            sentence[-1].offset + len(sentence[-1].value) for passage in segmenter.analyze(text) for sentence in passage
        ],
    }


def paragraphs(article: Sequence[Mapping[str, str]]) -> list[list[str]]:
    """Group the sentences of a CoNLL-U document by paragraph.

    Args:
        article: The metadata of its sentences, in order.

    Returns:
        The sentences' texts, paragraph by paragraph.
    """
    passages: list[list[str]] = []
    for sentence in article:
        if not passages or "newpar" in sentence or "newpar_block" in sentence:
            passages.append([])
        passages[-1].append(sentence["text"].strip())
    return passages


def agreement(split: Splitter, passages: Sequence[Sequence[str]], *, lower: bool = False) -> dict[str, float]:
    """Compare a splitter with gold ends; the end of a paragraph is given and does not count.

    Args:
        split: The splitter.
        passages: Gold sentences of each paragraph; joined by a space, they are the text to split.
        lower: Whether to lower the text's case first, as in old agency archives.

    Returns:
        Precision and recall of the ends, and the number of gold ends.
    """
    right = said = gold = 0
    for passage in passages:
        text = " ".join(passage).lower() if lower else " ".join(passage)
        true = {end - 1 for end in accumulate(len(sentence) + 1 for sentence in passage[:-1])}
        found = {end for end in split(text) if end < len(text)}
        right, said, gold = right + len(true & found), said + len(found), gold + len(true)
    return {"precision": right / max(said, 1), "recall": right / max(gold, 1), "ends": gold}


def _ends(text: str, parts: Sequence[str]) -> list[int]:
    ends: list[int] = []
    place = 0
    for part in filter(str.strip, parts):
        place = max(place, text.find(part.strip(), place)) + len(part.strip())
        ends.append(place)
    return ends
