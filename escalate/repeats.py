"""Which of many articles say nothing that an earlier one has not said, and which sentences repeat others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from escalate.articles.article import Article
from escalate.copies import SAME, Watch, originals
from escalate.labels import NEUTRAL
from escalate.parts import BODY, HEADLINE, LEAD, Part
from escalate.shingles import jaccard, shingles
from escalate.text import normalise, split_date_line

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

    A sentence copies another only if it has the same label: "accepted" and "rejected" may be all that two sentences differ in.

    An article is a near-copy of one that it nearly equals as a whole (`escalate.copies.originals`) if its lead and every signal
    in it copy sentences of the other: a new lead above an old body is news, a neutral line that a paper adds is none. Its
    headline, which every paper writes anew, may differ, unless it carries a signal that neither headline nor lead of the other
    does.

    Args:
        articles: The articles, the earliest first.
        days: Their ISO dates; an article without one copies none and is copied by none.
        groups: Copies are sought within each group.
        parts: Headlines and sentences of all articles, in order.
        labels: Their labels.
        watch: Called again and again with the number of parts, if given.

    Returns:
        What repeats what.
    """
    texts = [normalise(part.text) for part in parts]
    passages = [(label, shingles(text)) for label, text in zip(labels, texts, strict=True)]
    said: list[dict[Passage, int]] = [{} for _ in articles]
    begun = [{NEUTRAL} for _ in articles]
    for number, part in enumerate(parts):
        said[part.row].setdefault(passages[number], number)
        if part.place != BODY:
            begun[part.row].add(labels[number])

    def adds_nothing(row: int, other: int) -> bool:
        allowed = {HEADLINE: begun[other], LEAD: set[str](), BODY: {NEUTRAL}}
        for passage, number in said[row].items():
            if watch:
                watch(len(parts))
            if labels[number] not in allowed[parts[number].place] and _counterpart(passage, said[other]) is None:
                return False
        return True

    bodies = [article.text[split_date_line(article.text)[1] :] for article in articles]
    firsts = originals(bodies, days, None, groups, adds_nothing, watch)
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
            if watch:
                watch(len(parts))
            other = _counterpart(passages[number], said[firsts[part.row]])
            copies.update([] if other is None else [source[other]])
    return Repeats(firsts, source, copies)


def _counterpart(passage: Passage, others: Mapping[Passage, int]) -> int | None:
    """Return what stands for the passage of another article, however short, that one copies; None if there is none."""
    if passage in others:
        return others[passage]
    label, pieces = passage
    return next((found for (own, said), found in others.items() if own == label and jaccard(pieces, said) >= SAME), None)
