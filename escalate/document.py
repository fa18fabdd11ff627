"""What a prediction is, for a sentence and for an article: plain values with derived numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from escalate.labels import DE_ESCALATION, ESCALATION

if TYPE_CHECKING:
    from escalate.actors import Actor


@dataclass(frozen=True, slots=True)
class Prediction:
    """The reading of one text.

    Attributes:
        text: The text as it was given.
        label: The most probable label; "neutral" for an empty text.
        probabilities: Calibrated probability of each label; they sum to 1.
        truncated: Whether the text was longer than the model's window, so that its end was not read.
        empty: Whether the text held nothing readable, so that `probabilities` are the shares of the labels in training; leave
            such predictions out of means.
        abstained: Whether the confidence lies below the predictor's `abstain_below`, so that the label is not to be relied on;
            always False for a predictor without such a threshold.
    """

    text: str
    label: str
    probabilities: dict[str, float] = field(hash=False)
    truncated: bool = False
    empty: bool = False
    abstained: bool = False

    @property
    def score(self) -> float:
        """P(escalation) - P(de-escalation), in [-1, 1]; 0 for a bundle that does not know these labels."""
        return self.probabilities.get(ESCALATION, 0.0) - self.probabilities.get(DE_ESCALATION, 0.0)

    @property
    def confidence(self) -> float:
        """Probability of the label, in [0, 1]."""
        return self.probabilities[self.label]

    def to_dict(self) -> dict[str, Any]:
        """Return the prediction as plain values for JSON."""
        return {
            "text": self.text,
            "label": self.label,
            "score": round(self.score, 6),
            "probabilities": {label: round(value, 6) for label, value in self.probabilities.items()},
            "truncated": self.truncated,
            "empty": self.empty,
            "abstained": self.abstained,
        }


@dataclass(frozen=True, slots=True)
class SentencePrediction(Prediction):
    """The reading of a sentence in its article: `article_text[start:end] == text`, offsets in characters."""

    start: int = 0
    end: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the prediction with its offsets as plain values for JSON."""
        # A dataclass with slots is made anew by its decorator, which leaves the zero-argument super() behind.
        return {"start": self.start, "end": self.end, **Prediction.to_dict(self)}


@dataclass(frozen=True, slots=True)
class ArticlePrediction:
    """The reading of an article.

    Attributes:
        sentences: The sentences in the article's order.
        labels: The labels of the model, in its order.
        date: ISO date, as given or found on the first line; None if unknown.
        title: Headline, as given; None if unknown.
        language: ISO 639 code of the language, if it is another than English, so that the labels mean little; None: English, or
            too short to tell.
    """

    sentences: tuple[SentencePrediction, ...]
    labels: tuple[str, ...]
    date: str | None = None
    title: str | None = None
    language: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Number of sentences of each label, every label listed; sentences flagged `abstained` count with their label."""
        found = [sentence.label for sentence in self.sentences]
        return {label: found.count(label) for label in self.labels}

    @property
    def abstained(self) -> int:
        """Number of sentences flagged `abstained`."""
        return sum(sentence.abstained for sentence in self.sentences)

    @property
    def score(self) -> float:
        """Mean of the sentences' scores, in [-1, 1]; 0 for an article without sentences."""
        return mean_score(self.sentences)

    @property
    def shares(self) -> dict[str, float]:
        """Share of the sentences that carry each label, every label listed; all 0 for an article without sentences."""
        return {label: count / max(1, len(self.sentences)) for label, count in self.counts.items()}

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% interval of the score, from a seeded bootstrap over the sentences; None if they do not vary, as one does not."""
        from escalate.intervals import weighted_mean

        return weighted_mean([sentence.score for sentence in self.sentences], [1.0] * len(self.sentences))

    @property
    def actors(self) -> tuple[Actor, ...]:
        """The states, armed groups and organisations that the sentences name, each once, in order."""
        from escalate.actors import actors

        return actors("\n\n".join(sentence.text for sentence in self.sentences))

    def strongest(self, label: str, n: int = 3) -> list[SentencePrediction]:
        """Return the sentences that carry a label most clearly.

        Args:
            label: One of `labels`.
            n: How many at the most.

        Returns:
            Sentences with that label, most probable first; equals stay in the article's order.

        Raises:
            ValueError: If the model does not know the label.
        """
        if label not in self.labels:
            raise ValueError(f"no label {label!r}; this model's labels are {', '.join(self.labels)}")
        carriers = [sentence for sentence in self.sentences if sentence.label == label]
        return sorted(carriers, key=lambda sentence: -sentence.confidence)[:n]

    def to_dict(self, n_strongest: int = 3) -> dict[str, Any]:
        """Return the article's reading as plain values for JSON.

        Args:
            n_strongest: How many of the strongest sentences to list for each of escalation and de-escalation.

        Returns:
            Date, title, language, counts, number of abstentions, shares, score with its interval, actors, the strongest
            signals as indexes into `sentences`, and the sentences.
        """
        interval = self.interval
        signals = [label for label in (ESCALATION, DE_ESCALATION) if label in self.labels]
        return {
            "date": self.date,
            "title": self.title,
            "language": self.language,
            "counts": self.counts,
            "abstained": self.abstained,
            "shares": {label: round(share, 6) for label, share in self.shares.items()},
            "score": round(self.score, 6),
            "interval": None if interval is None else [round(bound, 6) for bound in interval],
            "actors": [actor.name for actor in self.actors],
            "strongest": {
                label: [self.sentences.index(sentence) for sentence in self.strongest(label, n_strongest)] for label in signals
            },
            "sentences": [sentence.to_dict() for sentence in self.sentences],
        }


def mean_score(predictions: Sequence[Prediction]) -> float:
    """Return the mean score of some predictions, in [-1, 1]; 0 for none."""
    return sum(prediction.score for prediction in predictions) / len(predictions) if predictions else 0.0
