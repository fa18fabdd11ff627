"""Figures by slice: where, when, about what, from whom, and how a sentence is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from escalate.data.labelled import LabelledText
from escalate.evaluation.metrics import Interval, bootstrap_intervals, scores

Ints = NDArray[np.int64]

FIELDS: Final = {"region": "region", "kind": "conflict kind", "source_type": "source type", "code": "code"}
"""Fields of a row that make slices, each with the slice's name."""

MIN_ARTICLES: Final = 5
"""A slice of fewer articles gets no interval: resampling so few would make it far too narrow."""

_LENGTHS: Final = ((10, "up to 10 words"), (20, "11 to 20 words"), (35, "21 to 35 words"))
_QUOTE: Final = re.compile(r"[\"“”«»]|(?<!\w)['‘].+['’](?!\w)")
_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|neither|nor|none|nobody|nothing|without|cannot|refus\w+|reject\w+|den(?:y|ies|ied))\b|n['’]t\b",
    re.IGNORECASE,
)
_MODAL: Final = re.compile(r"\b(?:can|could|may|might|must|ought|shall|should|will|would)\b|\w['’]ll\b", re.IGNORECASE)


def slices_of(row: LabelledText) -> dict[str, str]:
    """Return the slices that a row belongs to.

    Quotation, negation and modality are found by marks and words, and so are estimates.

    Args:
        row: A labelled text; its fields `region`, `kind`, `source_type`, `code` and `date` are used where it has them.

    Returns:
        Name of the slicing -> value, such as "era" -> "1990s".
    """
    words = len(row.text.split())
    found = {name: row.fields[field] for field, name in FIELDS.items() if isinstance(row.fields.get(field), str)}
    date = row.fields.get("date")
    if isinstance(date, str) and re.match(r"\d{4}-", date):
        found["era"] = f"{date[:3]}0s"
    found["length"] = next((name for most, name in _LENGTHS if words <= most), "over 35 words")
    found["quotation"] = "with" if _QUOTE.search(row.text) else "without"
    found["negation"] = "with" if _NEGATION.search(row.text) else "without"
    found["modality"] = "with" if _MODAL.search(row.text) else "without"
    return found


def slice_figures(
    predicted: Ints, rows: Sequence[LabelledText], labels: Sequence[str], *, resamples: int = 1000
) -> dict[str, dict[str, dict[str, Any]]]:
    """Compute figures for every slice.

    Args:
        predicted: Shape (n,), index of the label given to each row.
        rows: The n rows.
        labels: The labels in the order of the indexes.
        resamples: Number of bootstrap samples.

    Returns:
        Slicing -> value -> "rows", "articles", "accuracy" and "macro_f1", and "intervals" of the two (95%, clustered by
        article). Macro-F1 is None where not every label occurs, as in a single code; an interval is None for fewer than
        `MIN_ARTICLES` articles.
    """
    members: dict[str, dict[str, list[int]]] = {}
    for number, row in enumerate(rows):
        for name, value in slices_of(row).items():
            members.setdefault(name, {}).setdefault(value, []).append(number)
    targets = np.array([row.target for row in rows])
    articles = np.array([row.article for row in rows])
    return {
        name: {
            value: _figures(predicted[inside], targets[inside], labels, articles[inside].tolist(), resamples)
            for value, inside in sorted(values.items(), key=lambda item: _order(item[0]))
        }
        for name, values in members.items()
    }


def _order(value: str) -> tuple[int, str]:
    """Sort lengths from short to long and all else by name."""
    lengths = [*(name for _, name in _LENGTHS), "over 35 words"]
    return (lengths.index(value), "") if value in lengths else (0, value)


def _figures(predicted: Ints, targets: Ints, labels: Sequence[str], articles: Sequence[str], resamples: int) -> dict[str, Any]:
    every_label = len(np.unique(targets)) == len(labels)

    def figures(rows: Ints) -> tuple[float, float]:
        found = scores(predicted[rows], targets[rows], labels, undefined=np.nan)
        return found["accuracy"], found["macro_f1"]

    accuracy, macro_f1 = figures(np.arange(len(targets)))
    count = len(set(articles))
    intervals: dict[str, Interval | None] = {"accuracy": None, "macro_f1": None}
    if count >= MIN_ARTICLES:
        found = bootstrap_intervals(figures, articles, resamples=resamples)
        intervals = {"accuracy": found[0], "macro_f1": found[1] if every_label else None}
    return {
        "rows": len(targets),
        "articles": count,
        "accuracy": accuracy,
        "macro_f1": macro_f1 if every_label else None,
        "intervals": intervals,
    }
