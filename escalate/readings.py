"""Many articles read at once: copies collapsed, sentences labelled, actors named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from escalate.actors import Actor, Mention, mentions
from escalate.articles.article import Article, sequence
from escalate.copies import Watch
from escalate.document import Prediction
from escalate.errors import ConfigError
from escalate.language import foreign_language
from escalate.parts import HEADLINE, Part, parts_of
from escalate.repeats import repeats
from escalate.text import split_date_line

if TYPE_CHECKING:
    from escalate.predict import Predictor

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
        copies: How many sentences of other articles copy it, those of near-copies of its article among them.
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
        article: The article; of several copies the earliest (`escalate.articles.article.sequence`).
        sentences: The headline, if there is one, and the sentences in order; none that holds nothing readable.
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
    def in_series(self) -> bool:
        """Whether time series take it: it is dated and in English."""
        return bool(self.article.date) and self.language is None

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
        watch: Called again and again with the number of sentences so far, copies among them, while articles are split and
            copies sought; what it raises ends the work. None: nothing is called.

    Returns:
        The readings, the earliest article first and those without a date last. A near-copy of an earlier article has none but
        is listed in that one's `copies`; a sentence that copies one of an earlier article is marked: see `escalate.repeats`.
        Articles that are undated or in another language than English all have one: what series leave out stands for nothing
        in them.

    Raises:
        ConfigError: If `apart` is unknown.
    """
    if apart is not None and apart not in APART:
        raise ConfigError(f"apart={apart!r} is not one of {', '.join(APART)}")
    weights = weights or Weights()
    ordered = sorted(articles, key=sequence)
    languages: list[str | None] = []
    parts: list[Part] = []
    for row, article in enumerate(ordered):
        if watch:
            watch(len(parts))
        languages.append(_language(article))
        parts.extend(parts_of(row, article, weights.headline > 0))
    if watch:
        watch(len(parts))
    texts = list(dict.fromkeys(part.text for part in parts))
    predictions = dict(zip(texts, predictor.predict(texts), strict=True))
    parts = [part for part in parts if not predictions[part.text].empty]
    days = [None if language else article.date for article, language in zip(ordered, languages, strict=True)]
    groups = [getattr(article, apart) if apart else "" for article in ordered]
    labels = [predictions[part.text].label for part in parts]
    found = repeats(ordered, days, groups, parts, labels, watch)
    ids = [f"{ordered[part.row].id}/{part.name}" for part in parts]
    distinct = [row for row, first in enumerate(found.articles) if row == first]
    named: dict[int, list[Mention]] = {}
    for row in distinct:
        if watch:
            watch(len(parts))
        # Names are settled by the whole article: "Georgia" in one sentence, "Atlanta" in another.
        named[row] = mentions(f"{ordered[row].text}\n\n{ordered[row].title}")
    told: dict[int, list[Sentence]] = {row: [] for row in distinct}
    for number, first in found.parts.items():
        part = parts[number]
        told[part.row].append(
            Sentence(
                id=ids[number],
                place=part.place,
                prediction=predictions[part.text],
                weight=getattr(weights, part.place),
                actors=_named(named[part.row], part.start, part.end),
                start=None if part.place == HEADLINE else part.start,
                end=None if part.place == HEADLINE else part.end,
                copies=found.copies[number],
                copy_of=None if first == number else ids[first],
            )
        )
    copied: dict[int, list[Article]] = {row: [] for row in distinct}
    for row, first in enumerate(found.articles):
        if row != first:
            copied[first].append(ordered[row])
    return [
        Reading(
            article=ordered[row],
            sentences=tuple(told[row]),
            labels=predictor.labels,
            copies=tuple(copy.id for copy in copied[row]),
            copy_dates=tuple(copy.date for copy in copied[row] if copy.date),
            language=languages[row],
            apart=apart,
        )
        for row in distinct
    ]


def _language(article: Article) -> str | None:
    _, start = split_date_line(article.text)
    return foreign_language(article.text[start:])


def _named(found: list[Mention], start: int, end: int) -> tuple[Actor, ...]:
    return tuple(dict.fromkeys(mention.actor for mention in found if start <= mention.start < end))
