"""What clients send and get."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from escalate.labels import LABELS

_EXPLAIN = "Also weigh the words that each label rests on; takes some 25 times as long, 50 beyond the model's window."
_EXAMPLE = "Rebels shelled the capital. Both governments agreed to talk on Friday."


def _day(value: Any) -> Any:
    """Refuse what pydantic would also take for a day, such as seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
        return value
    raise ValueError("a day is written as 2024-04-14")


# The days that time series can hold.
Day = Annotated[date, Field(ge=date(1700, 1, 1), le=date(2199, 12, 31)), BeforeValidator(_day)]
# JSON can hold half of a surrogate pair, which no answer can: it is replaced by one character, so that offsets stay.
Text = Annotated[str, AfterValidator(lambda text: re.sub(r"[\ud800-\udfff]", "\ufffd", text))]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PredictRequest(_Given):
    """One sentence or many."""

    texts: Text | list[Text] = Field(
        description="A sentence, or a list of them.", examples=[["Rebels shelled the capital.", "Talks begin on Friday."]]
    )
    explain: bool = Field(False, description=_EXPLAIN)


class ArticleRequest(_Given):
    """An article to read sentence by sentence."""

    text: Text = Field(description="The article; an ISO date that it begins with is its date.", examples=[_EXAMPLE])
    date: Day | None = Field(None, description="Wins over a date in the text.", examples=["2024-04-14"])
    title: Text | None = Field(None, examples=["Shelling goes on"])
    explain: bool = Field(False, description=_EXPLAIN)


class TimelineArticle(_Given):
    """An article of a time line."""

    text: Text = Field(examples=[_EXAMPLE])
    id: Text | None = Field(None, min_length=1, max_length=200, description="Unique; article-N if left out.")
    title: Text = Field("", examples=["Shelling goes on"])
    date: Day | None = Field(None, description="Without one, the date that the text begins with.", examples=["2024-04-14"])
    source: Text = Field("", examples=["agency"])
    conflict: Text = Field("", examples=["border"])


class TimelineRequest(_Given):
    """Articles, and how to group them."""

    articles: list[TimelineArticle] = Field(min_length=1)
    by: Literal["all", "conflict", "country", "dyad", "source"] = Field("all", description="What a series stands for.")
    freq: Literal["D", "W", "M"] = Field("D", description="A day, a week or a month.")


class WordAnswer(BaseModel):
    """A word, and by how much the label's probability falls without it; offsets into the sentence, in characters."""

    text: str
    start: int
    end: int
    weight: float


class PredictionAnswer(BaseModel):
    """The reading of a sentence."""

    text: str
    label: str = Field(examples=["escalation"])
    score: float = Field(description="P(escalation) - P(de-escalation)", examples=[0.9])
    probabilities: dict[str, float] = Field(examples=[dict(zip(LABELS, (0.93, 0.03, 0.04), strict=True))])
    truncated: bool
    empty: bool
    abstained: bool
    words: list[WordAnswer] | None = None


class SentenceAnswer(PredictionAnswer):
    """The reading of a sentence in its article; offsets in characters (Unicode code points)."""

    start: int
    end: int


class PredictAnswer(BaseModel):
    """A reading for each text, in their order."""

    predictions: list[PredictionAnswer]


class ArticleAnswer(BaseModel):
    """The reading of an article."""

    date: str | None
    title: str | None
    language: str | None = Field(description="ISO 639 code of another language than English, which the model does not know.")
    counts: dict[str, int]
    abstained: int
    shares: dict[str, float]
    score: float
    interval: tuple[float, float] | None = Field(description="95%, of the score; null where the sentences do not vary.")
    actors: list[str]
    strongest: dict[str, list[int]]
    sentences: list[SentenceAnswer]


class TimelineAnswer(BaseModel):
    """A time line and what it rests on; columns of the periods as in `escalate.timeline`, NaN as null."""

    by: str
    frequency: str
    periods: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    sentences: list[dict[str, Any]]
    membership: list[dict[str, Any]]
    copies: list[dict[str, Any]] = Field(description="Near-copies: which article, of what day, of which other one.")
    undated: list[str]
    foreign: list[str]


class StateAnswer(BaseModel):
    """How the service is."""

    status: str = Field(examples=["ready"])
    version: str
    bundle: str
