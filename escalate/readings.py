"""Many articles read at once: copies collapsed, sentences labelled, actors named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from escalate.actors import Actor, Mention, mentions
from escalate.articles.article import Article
from escalate.copies import Watch, originals
from escalate.document import Prediction
from escalate.errors import ConfigError
from escalate.language import foreign_language
from escalate.text import Span, normalise, sentences, split_date_line

if TYPE_CHECKING:
    from escalate.predict import Predictor

HEADLINE: Final = "headline"
LEAD: Final = "lead"
BODY: Final = "body"

_WORD: Final = re.compile(r"\w+")

APART: Final = ("conflict", "source")
"""Groupings of which each series stands for itself: what one source prints is no copy of what another does."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much a sentence counts, by its place.

    News is written with the newest step first (the inverted pyramid), and what stands further down is often background: by
    default the headline and the first sentence count twice. With 1, 1, 1 all means are plain.

    Attributes:
        headline: Weight of the headline; 0 leaves headlines unread.
        lead: Weight of the first sentence of the text, after the headline where the text repeats it.
        body: Weight of every other sentence.
    """

    headline: float = 2.0
    lead: float = 2.0
    body: float = 1.0

    def __post_init__(self) -> None:
        finite = all(map(isfinite, (self.headline, self.lead, self.body)))
        if not finite or self.headline < 0 or self.lead <= 0 or self.body <= 0:
            raise ConfigError(f"weights must be positive numbers (the headline's may be 0), not {self}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article, or its headline.

    Attributes:
        id: The article's id, a slash, and the position of the sentence or "headline".
        place: "headline", "lead" or "body".
        prediction: Text, label and probabilities.
        weight: How much it counts.
        actors: Who is named in it.
        start: Where it begins in the article's text, in characters; None for a headline.
        end: Where it ends; None for a headline.
        copies: How many sentences of other articles say nearly the same.
        copy_of: Id of the earlier sentence that it copies (`read` says within what); None for an original. Time series leave
            copies out.
    """

    id: str
    place: str
    prediction: Prediction
    weight: float
    actors: tuple[Actor, ...]
    start: int | None = None
    end: int | None = None
    copies: int = 0
    copy_of: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the sentence as plain values for JSON."""
        return {
            "id": self.id,
            "place": self.place,
            "start": self.start,
            "end": self.end,
            **self.prediction.to_dict(),
            "weight": self.weight,
            "actors": [actor.name for actor in self.actors],
            "copies": self.copies,
            "copy_of": self.copy_of,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """An article and what its sentences say.

    Attributes:
        article: The article; of several copies the earliest, and of one day the one whose id sorts first.
        sentences: The headline, if there is one, and the sentences in order.
        labels: The labels of the model, in its order.
        copies: Ids of the articles that are copies of this one.
        copy_dates: Their dates, in the same order.
        language: ISO 639 code of the article's language, if it is another than English; None: English, or too short to tell.
            Time series leave such articles out.
        apart: "conflict" or "source", if copies were sought among the articles of the same one alone; None: among all.
    """

    article: Article
    sentences: tuple[Sentence, ...]
    labels: tuple[str, ...]
    copies: tuple[str, ...] = ()
    copy_dates: tuple[str, ...] = ()
    language: str | None = None
    apart: str | None = None

    @property
    def score(self) -> float:
        """Weighted mean of the sentences' scores, in [-1, 1]; 0 without sentences."""
        total = sum(sentence.weight for sentence in self.sentences)
        return sum(sentence.weight * sentence.prediction.score for sentence in self.sentences) / total if total else 0.0

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% interval of the score, from a seeded bootstrap over the sentences; None if they do not vary, as one does not."""
        from escalate.intervals import weighted_mean

        return weighted_mean([s.prediction.score for s in self.sentences], [s.weight for s in self.sentences])

    @property
    def shares(self) -> dict[str, float]:
        """Share of the sentences that carry each label, every label listed; all 0 without sentences."""
        found = [sentence.prediction.label for sentence in self.sentences]
        return {label: found.count(label) / max(1, len(found)) for label in self.labels}

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Who is named, each once, in order."""
        return tuple(dict.fromkeys(actor for sentence in self.sentences for actor in sentence.actors))

    def strongest(self, label: str, n: int = 3) -> list[Sentence]:
        """Return the sentences that carry a label most clearly, at most n, most probable first."""
        carriers = [sentence for sentence in self.sentences if sentence.prediction.label == label]
        return sorted(carriers, key=lambda sentence: -sentence.prediction.confidence)[:n]


def read(
    articles: Sequence[Article],
    predictor: Predictor,
    weights: Weights | None = None,
    apart: str | None = None,
    watch: Watch | None = None,
) -> list[Reading]:
    """Read articles, each distinct one once.

    Args:
        articles: The articles, in any order.
        predictor: The model.
        weights: How much headline, lead and body count; None means the defaults of `Weights`.
        apart: "conflict" or "source" for series by these: copies are then sought within each, since a source that prints agency
            text has reported it. None for all other series: copies are sought among all articles, since a report is no event.
        watch: Called again and again with the number of sentences so far, from before they are split until the model has them;
            what it raises ends the work. None: nothing is called.

    Returns:
        The readings, the earliest article first and those without a date last. A near-copy of an earlier article is not read
        again but listed in that one's `copies`; a sentence that repeats one of an earlier article is read and marked. Articles
        that are undated or in another language than English are all read: what series leave out stands for nothing in them.

    Raises:
        ConfigError: If `apart` is unknown.
        MissingExtraError: If the extra "timeline" is not installed.
    """
    if apart is not None and apart not in APART:
        raise ConfigError(f"apart={apart!r} is not one of {', '.join(APART)}")
    weights = weights or Weights()
    ordered = sorted(articles, key=lambda article: (article.date or "9999", article.id))
    languages = []
    for article in ordered:
        if watch:
            watch(0)
        languages.append(_language(article))
    days = [None if language else article.date for article, language in zip(ordered, languages, strict=True)]
    groups = None if apart is None else [getattr(article, apart) for article in ordered]
    firsts = originals([article.text for article in ordered], days, groups=groups, watch=watch)
    distinct = [row for row, first in enumerate(firsts) if row == first]
    parts: list[tuple[int, str, str, int, int]] = []
    named: dict[int, list[Mention]] = {}
    for row in distinct:
        parts.extend((row, *part) for part in _parts(ordered[row], weights))
        if watch:
            watch(len(parts))
        # Names are settled by the whole article: "Georgia" in one sentence, "Atlanta" in another.
        named[row] = mentions(f"{ordered[row].text}\n\n{ordered[row].title}")
    texts = [text for _, _, text, _, _ in parts]
    owners = [ordered[row].id for row, *_ in parts]
    within = None if groups is None else [groups[row] for row, *_ in parts]
    repeats = originals([normalise(text) for text in texts], [days[row] for row, *_ in parts], owners, within, watch)
    ids = [f"{owner}/{name}" for owner, (_, name, *_) in zip(owners, parts, strict=True)]
    carried = Counter(repeats)
    found: dict[int, list[Sentence]] = {row: [] for row in distinct}
    for number, ((row, name, _, start, end), prediction) in enumerate(zip(parts, predictor.predict(texts), strict=True)):
        place = HEADLINE if name == HEADLINE else LEAD if name == "0" else BODY
        found[row].append(
            Sentence(
                id=ids[number],
                place=place,
                prediction=prediction,
                weight=getattr(weights, place),
                actors=_named(named[row], start, end),
                start=None if place == HEADLINE else start,
                end=None if place == HEADLINE else end,
                copies=carried[number] - 1 if repeats[number] == number else 0,
                copy_of=None if repeats[number] == number else ids[repeats[number]],
            )
        )
    copied: dict[int, list[Article]] = {row: [] for row in distinct}
    for row, first in enumerate(firsts):
        if row != first:
            copied[first].append(ordered[row])
    return [
        Reading(
            article=ordered[row],
            sentences=tuple(found[row]),
            labels=predictor.labels,
            copies=tuple(copy.id for copy in copied[row]),
            copy_dates=tuple(copy.date for copy in copied[row] if copy.date),
            language=languages[row],
            apart=apart,
        )
        for row in distinct
    ]


def _parts(article: Article, weights: Weights) -> list[tuple[str, str, int, int]]:
    """Return name, text and offsets of the headline, which is taken to stand below the text, and of the sentences."""
    _, start = split_date_line(article.text)
    after = len(article.text) + 2
    headline = (
        [(HEADLINE, article.title, after, after + len(article.title))] if weights.headline and article.title.strip() else []
    )
    spans = _below(article, sentences(article.text, start))
    return [*headline, *((str(n), article.text[a:b], a, b) for n, (a, b) in enumerate(spans))]


def _below(article: Article, spans: list[Span]) -> list[Span]:
    """Leave out the headline where the text begins with it, as web pages do: it is no lead, and counts once."""
    words = _words(article.title)
    for number, span in enumerate(spans, start=1):
        begun = _words(article.text[spans[0].start : span.end])
        if begun == words:
            return spans[number:]
        if len(begun) > len(words):
            break
    return spans


def _words(text: str) -> list[str]:
    return _WORD.findall(normalise(text).casefold())


def _language(article: Article) -> str | None:
    _, start = split_date_line(article.text)
    return foreign_language(article.text[start:])


def _named(found: list[Mention], start: int, end: int) -> tuple[Actor, ...]:
    return tuple(dict.fromkeys(mention.actor for mention in found if start <= mention.start < end))
