"""Actor invariance: the label should follow from what is done, not from which state does it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from escalate.data.labelled import LabelledText
from escalate.evaluation.countries import PANEL
from escalate.evaluation.metrics import Floats, Ints, bootstrap_interval
from escalate.evaluation.swap import mentions, replaceable, swap
from escalate.labels import DE_ESCALATION, ESCALATION
from escalate.predict import Predictor

MOST_FLIPS: Final = 0.02
MOST_SHIFT: Final = 0.03
_UNSCORED: Final = {"shift": None, "interval": None}


def actor_invariance(
    predictor: Predictor,
    rows: Sequence[LabelledText],
    *,
    sample: int = 100,
    resamples: int = 1000,
    seed: int = 13,
) -> dict[str, Any]:
    """Put each state of `countries.PANEL` in the place of a state that a sentence names, and read it again.

    Args:
        predictor: The predictor.
        rows: Labelled rows; their labels are not looked at.
        sample: How many of the rows that name a state are taken; each is read once for every state of the panel that it does
            not name already.
        resamples: Number of bootstrap samples.
        seed: Seed of the draws.

    Returns:
        "rows" (sentences taken), "named" (sentences that a state could be replaced in), "swaps", "flip_rate" (share of swaps
        that change the label), "interval" (95%, clustered by article), "largest_shift", "goals" (name -> "at_most" and "met"),
        and "actors": state -> "region", "swaps", "flip_rate", "shift" (mean change of the score, P(escalation) -
        P(de-escalation), when it is put in) and its "interval". Figures and whether a goal is met are None where no row names a
        state; those of the score are also None where the bundle does not know both directions, and so has none.
    """
    named = [(row, key) for row in rows if (key := replaceable(row.text)) is not None]
    chosen = random.Random(seed).sample(named, min(sample, len(named)))
    texts: list[str] = []
    places: list[tuple[int, str]] = []
    for number, (row, source) in enumerate(chosen):
        present = {found.country for found in mentions(row.text)}
        for actor in (key for panel in PANEL.values() for key in panel if key not in present):
            texts.append(swap(row.text, source, actor))
            places.append((number, actor))
    before = predictor.predict([row.text for row, _ in chosen])
    after = predictor.predict(texts)
    flips = np.array([before[number].label != found.label for (number, _), found in zip(places, after, strict=True)])
    shifts = np.array([found.score - before[number].score for (number, _), found in zip(places, after, strict=True)])
    articles = [chosen[number][0].article for number, _ in places]

    def flip_rate(inside: Ints) -> float:
        return float(flips[inside].mean())

    scored = {ESCALATION, DE_ESCALATION} <= set(predictor.labels)
    actors: dict[str, Any] = {}
    for region, panel in PANEL.items():
        for actor in panel:
            own = np.array([place for place, (_, key) in enumerate(places) if key == actor], dtype=np.int64)
            if len(own):
                moved = _shift(shifts[own], [articles[i] for i in own], resamples) if scored else _UNSCORED
                actors[actor] = {"region": region, "swaps": len(own), "flip_rate": flip_rate(own), **moved}
    rate = flip_rate(np.arange(len(texts))) if texts else None
    largest = max((abs(found["shift"]) for found in actors.values()), default=None) if scored else None
    return {
        "rows": len(chosen),
        "named": len(named),
        "swaps": len(texts),
        "seed": seed,
        "flip_rate": rate,
        "interval": bootstrap_interval(flip_rate, articles, resamples=resamples) if texts else None,
        "largest_shift": largest,
        "goals": {
            "flip_rate": {"at_most": MOST_FLIPS, "met": None if rate is None else rate <= MOST_FLIPS},
            "largest_shift": {"at_most": MOST_SHIFT, "met": None if largest is None else largest <= MOST_SHIFT},
        },
        "actors": actors,
    }


def _shift(shifts: Floats, articles: Sequence[str], resamples: int) -> dict[str, Any]:
    return {
        "shift": float(shifts.mean()),
        "interval": bootstrap_interval(lambda inside: float(shifts[inside].mean()), articles, resamples=resamples),
    }
