"""Robustness: changes of a sentence's looks that leave its meaning, and what becomes of the labels."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from escalate.data.labelled import LabelledText
from escalate.evaluation.confidence import Bools
from escalate.evaluation.metrics import Ints, bootstrap_interval, scores
from escalate.predict import Predictor

_LONG_WORD: Final = re.compile(r"[A-Za-z]{4,}")
_TYPO_SHARE: Final = 0.1
_HOMOGLYPH_SHARE: Final = 0.1
# Latin letters and the Cyrillic ones that look the same (Unicode's confusables, UTS 39). `text.normalise` undoes all but those
# that stand alone: what is measured is that it does.
_HOMOGLYPHS: Final = dict(zip("aceopxyABEHKMOPTX", "асеорхуАВЕНКМОРТХ", strict=True))
_APOSTROPHE: Final = re.compile(r"(?<=\w)'")


def _typos(text: str, draw: random.Random) -> str:
    """Exchange two neighbouring inner letters in a tenth of the longer words, in one at least."""
    words = list(_LONG_WORD.finditer(text))
    letters = list(text)
    for word in draw.sample(words, min(len(words), max(1, round(_TYPO_SHARE * len(words))))):
        place = draw.randrange(word.start() + 1, word.end() - 2)
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)


def _homoglyphs(text: str, draw: random.Random) -> str:
    places = [place for place, letter in enumerate(text) if letter in _HOMOGLYPHS]
    letters = list(text)
    for place in draw.sample(places, min(len(places), max(1, round(_HOMOGLYPH_SHARE * len(places))))):
        letters[place] = _HOMOGLYPHS[letters[place]]
    return "".join(letters)


def _quotes(text: str, _draw: random.Random) -> str:
    """Give straight quotation marks and apostrophes the typographic form, and typographic ones the straight form."""
    if any(mark in text for mark in "“”‘’"):
        return text.translate(str.maketrans("“”‘’", "\"\"''"))
    opened = re.sub(r"(^|[\s(\[—–-])\"", r"\1“", text).replace('"', "”")
    return re.sub(r"(^|[\s(\[—–-])'", r"\1‘", _APOSTROPHE.sub("’", opened)).replace("'", "’")


def _attribution(text: str, _draw: random.Random) -> str:
    if text.endswith(".") and not text.endswith(".."):
        return f"{text[:-1]}, local media reported."
    return f"Local media reported: {text}"


CHANGES: Final[dict[str, Callable[[str, random.Random], str]]] = {
    "lower case": lambda text, _draw: text.lower(),
    "upper case": lambda text, _draw: text.upper(),
    "typos": _typos,
    "quotation marks": _quotes,
    "homoglyphs": _homoglyphs,
    "trailing space": lambda text, _draw: f"{text} \u00a0\t\n",
    "attribution": _attribution,
}
"""The changes by name; each takes a sentence and a source of chance."""


def robustness(
    predictor: Predictor,
    rows: Sequence[LabelledText],
    predicted: Ints,
    *,
    sample: int = 400,
    resamples: int = 1000,
    seed: int = 13,
) -> dict[str, Any]:
    """Change sentences and read them again.

    Args:
        predictor: The predictor.
        rows: n labelled rows.
        predicted: Shape (n,), index of the label that the predictor gives to each row as it stands.
        sample: How many rows are changed, drawn once for all changes.
        resamples: Number of bootstrap samples.
        seed: Seed of the draws.

    Returns:
        "rows", "seed", and "changes": name of the change -> "changed" (rows whose text it altered), "kept" (share of the labels
        of these that stayed; None where there are none), "macro_f1_change" (of all rows, changed minus unchanged) and
        "intervals" of the two (95%, clustered by article; None for a single one).
    """
    chosen = np.array(sorted(random.Random(seed).sample(range(len(rows)), min(sample, len(rows)))))
    texts = [rows[row].text for row in chosen]
    targets = np.array([rows[row].target for row in chosen])
    articles = [rows[row].article for row in chosen]
    before, labels = predicted[chosen], predictor.labels
    found: dict[str, Any] = {}
    for name, change in CHANGES.items():
        draw = random.Random(f"{seed} {name}")
        changed = [change(text, draw) for text in texts]
        after = np.array([labels.index(prediction.label) for prediction in predictor.predict(changed)])
        altered = np.array([place for place, text in enumerate(texts) if text != changed[place]], dtype=np.int64)
        stayed = (before == after)[altered]

        def kept(inside: Ints, stayed: Bools = stayed) -> float:
            return float(stayed[inside].mean())

        def macro_f1_change(inside: Ints, after: Ints = after) -> float:
            one, other = (scores(said[inside], targets[inside], labels)["macro_f1"] for said in (after, before))
            return float(one - other)

        groups = [articles[place] for place in altered]
        found[name] = {
            "changed": len(altered),
            "kept": float(stayed.mean()) if groups else None,
            "macro_f1_change": macro_f1_change(np.arange(len(texts))),
            "intervals": {
                "kept": bootstrap_interval(kept, groups, resamples=resamples) if groups else None,
                "macro_f1_change": bootstrap_interval(macro_f1_change, articles, resamples=resamples),
            },
        }
    return {"rows": len(texts), "seed": seed, "changes": found}
