"""Which of many articles say nothing that an earlier one has not said, and which sentences repeat others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from escalate.articles.article import Article
from escalate.copies import SAME, Watch, jaccard, originals
from escalate.errors import require
from escalate.labels import NEUTRAL
from escalate.parts import BODY, HEADLINE, Part
from escalate.text import normalise

Passage = tuple[str, frozenset[str]]
"""The label of a headline or sentence, and its word trigrams."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """What repeats what.

    Attributes:
        articles: For each article the number of the one that it is a near-copy of; its own for an original.
        parts: For each part of an original article the number of the part that it copies; its own for an original.
        copies: How many parts of all articles copy one.
    """

    articles: list[int]
    parts: dict[int, int]
    copies: Counter[int]


def repeats(
    articles: Sequence[Article],
    days: Sequence[str | None],
    groups: Sequence[str],
    parts: Sequence[Part],
    labels: Sequence[str],
    watch: Watch | None = None,
) -> Repeats:
    """Find articles that are near-copies of earlier ones, and among all others the sentences that copy earlier ones.

    An article is a near-copy of one that it nearly equals as a whole (`escalate.copies.originals`) if each of its sentences
    copies one of the other's: a new lead above an old body is news. Its headline, which every paper writes anew, may differ,
    unless it carries a signal that neither headline nor lead of the other does. A sentence copies another only if it has the
    same label: "accepted" and "rejected" may be all that two sentences differ in.

    Args:
        articles: The articles, the earliest first.
        days: Their ISO dates; an article without one copies none and is copied by none.
        groups: Copies are sought within each group.
        parts: Headlines and sentences of all articles, in order.
        labels: Their labels.
        watch: Called again and again with the number of parts, if given.

    Returns:
        What repeats what.

    Raises:
        MissingExtraError: If datasketch is not installed.
    """
    require("timeline", "datasketch")
    from escalate.data.duplicates import shingles

    texts = [normalise(part.text) for part in parts]
    passages = [(label, shingles(text)) for label, text in zip(labels, texts, strict=True)]
    said: list[dict[Passage, int]] = [{} for _ in articles]
    begun = [{NEUTRAL} for _ in articles]
    for number, part in enumerate(parts):
        said[part.row].setdefault(passages[number], number)
        if part.place != BODY:
            begun[part.row].add(labels[number])

    def adds_nothing(row: int, other: int) -> bool:
        for passage, number in said[row].items():
            if watch:
                watch(len(parts))
            known = parts[number].place == HEADLINE and labels[number] in begun[other]
            if not known and _counterpart(passage, said[other]) is None:
                return False
        return True

    firsts = originals([article.text for article in articles], days, None, groups, adds_nothing, watch)
    kept = [number for number, part in enumerate(parts) if firsts[part.row] == part.row]
    rows = [parts[number].row for number in kept]
    found = originals(
        [texts[number] for number in kept],
        [days[row] for row in rows],
        [articles[row].id for row in rows],
        [f"{groups[parts[number].row]}\0{labels[number]}" for number in kept],
        watch=watch,
    )
    source = {number: kept[first] for number, first in zip(kept, found, strict=True)}
    copies = Counter(first for number, first in source.items() if number != first)
    for number, part in enumerate(parts):
        if number not in source:
            other = _counterpart(passages[number], said[firsts[part.row]])
            copies.update([] if other is None else [source[other]])
    return Repeats(firsts, source, copies)


def _counterpart(passage: Passage, others: Mapping[Passage, int]) -> int | None:
    """Return what stands for the passage of another article, however short, that one copies; None if there is none."""
    if passage in others:
        return others[passage]
    label, pieces = passage
    return next((found for (own, said), found in others.items() if own == label and jaccard(pieces, said) >= SAME), None)
