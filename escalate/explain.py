"""Which words a label rests on: occlusion, the label's probability with and without each word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from escalate.predict import Predictor

_WORD: Final = re.compile(r"\w+(?:[-'’.]\w+)*")
# Words that hold a sentence together: taking one of them out says more about grammar than about the label. "not", "no",
# "against", "without" and their like stay, since they turn a sentence round.
_FUNCTION_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "a an the this that these those it its he she they them their his her we our you your i who whom whose which what of "
        "in on at by for from to with as and or is are was were be been being has have had do does did there then than "
        "said says so also about into over mr mrs one",
    )
)
_DIRECT: Final = 14
_CHUNKS: Final = 8
_REFINED: Final = 2


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what it adds to a label.

    Attributes:
        text: The word.
        start: Where it begins in the text that was explained, in characters.
        end: Where it ends.
        weight: By how much the probability of the label falls when the word is taken out; below 0 if it rises.
    """

    text: str
    start: int
    end: int
    weight: float


def explain(predictor: Predictor, text: str, label: str | None = None) -> list[Word]:
    """Weigh the words of a text by occlusion (Zeiler and Fergus 2014; Li, Monroe and Jurafsky 2016).

    Every word but articles, pronouns and their like is taken out once, alone. A text with more than 14 such words is first read
    with eight stretches taken out, and then word by word in the two stretches that matter most, which are cut into eight
    again while they hold more than 14; each word of another stretch is given an equal part of that stretch's weight. Up to 56
    such words thus cost at most 23 readings, and four times as many words eight readings more.

    Of a text longer than the model's window only the words that the model reads are weighed; where they end is found by
    bisection, at the cost of one reading each time that the length doubles.

    Words that only work together (two words that say the same) each look weak: the weights rank words, they do not add up.

    Args:
        predictor: The model.
        text: A sentence.
        label: The label to explain; None means the one the model gives.

    Returns:
        The weighed words in the order of the text; none for a text without words that are read.

    Raises:
        ValueError: If the model does not know the label.
    """
    whole = predictor.predict(text)
    label = label or whole.label
    if label not in whole.probabilities:
        raise ValueError(f"no label {label!r}; this model's labels are {', '.join(whole.probabilities)}")
    base = whole.probabilities[label]
    if whole.truncated:
        text = _read_part(predictor, text)
    words = [match for match in _WORD.finditer(text) if match[0].lower() not in _FUNCTION_WORDS] or list(_WORD.finditer(text))

    def drops(groups: Sequence[Sequence[re.Match[str]]]) -> list[float]:
        found = predictor.predict(_without(text, [match.span() for match in group]) for group in groups)
        return [base - prediction.probabilities[label] for prediction in found]

    weights: dict[int, float] = {}
    alone = words
    while len(alone) > _DIRECT:
        size = -(-len(alone) // _CHUNKS)
        chunks = [alone[first : first + size] for first in range(0, len(alone), size)]
        ranked = sorted(zip(drops(chunks), chunks, strict=True), key=lambda pair: -pair[0])
        weights.update({match.start(): drop / len(chunk) for drop, chunk in ranked for match in chunk})
        alone = sorted((match for _, chunk in ranked[:_REFINED] for match in chunk), key=lambda match: match.start())
    weights.update(zip((match.start() for match in alone), drops([[match] for match in alone]), strict=True))
    return [Word(match[0], match.start(), match.end(), weights[match.start()]) for match in words]


def strongest(words: Sequence[Word], n: int = 3) -> list[Word]:
    """Return the words that speak for the label most, heaviest first; none that speak against it."""
    return sorted((word for word in words if word.weight > 0), key=lambda word: -word.weight)[:n]


def _read_part(predictor: Predictor, text: str) -> str:
    """Return the beginning of a text, up to the end of the last word of which the model reads something."""
    end = bisect_left(range(len(text)), True, key=lambda end: predictor.predict(text[:end]).truncated)
    while end < len(text) and text[end].isalnum():
        end += 1
    return text[:end]


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text
