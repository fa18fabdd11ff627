"""Check the dataset as a whole: what must hold, with figures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from escalate.data.annotations import Annotation, agreement, read_annotations
from escalate.data.build import OpenLabel
from escalate.data.contrast import read_groups
from escalate.data.diversity import diversity
from escalate.data.duplicates import near_duplicates
from escalate.data.keywords import keyword_macro_f1
from escalate.data.polarity import PolarityReading, polarity_agreement
from escalate.data.schema import SPLITS, Sentence, read_records, read_sentences
from escalate.data.tables import field_of, read_table
from escalate.errors import DataError
from escalate.labels import NEUTRAL
from escalate.text import normalise, sentence_hash, sentences

ACROSS_SPLITS: Final = 0.5
WITHIN_SPLIT: Final = 0.7
KEYWORDS_BELOW: Final = 0.75
ENOUGH_TO_LEARN: Final = 100
RELIABLE: Final = 0.75


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must hold: whether it does, the figure, and what was asked."""

    name: str
    holds: bool
    figure: str
    asked: str


def check(folder: Path, held_out: Sequence[Path] = ()) -> tuple[list[Finding], dict[str, Any]]:
    """Check the written part of the dataset.

    Args:
        folder: The data folder.
        held_out: Files or folders (.txt, .tsv) none of whose sentences may be in the data; a table has them in a column `text`
            or `sentence`.

    Returns:
        The findings, and the figures behind them for the dataset card.

    Raises:
        DataError: If a file cannot be read or does not fit the schema, or a held-out one has no such column or an empty text.
    """
    splits = {split: read_sentences(folder / "sentences" / f"{split}.jsonl") for split in SPLITS}
    rows = [row for split in SPLITS for row in splits[split]]
    annotations = read_annotations(folder / "annotations" / "written.jsonl")
    figures: dict[str, Any] = {
        "counts": counts(splits),
        "agreement": {
            "all": agreement(list(annotations.values())),
            **{f"source type {name}": agreement(found) for name, found in _by_source_type(rows, annotations).items()},
            **_open_agreement(folder),
        },
        "diversity": {
            "written": diversity([row.text for row in rows]),
            **_open_diversity(folder),
            **_other_diversity(held_out),
        },
        "keywords": _keywords(splits),
        **_polarity(folder),
    }
    findings = [
        *_identity(splits),
        *_duplicates(splits),
        *_held_out(rows, held_out),
        *_reliability("annotators agree", figures["agreement"]["all"]),
        *_reliability("readers of polarity agree", figures.get("polarity", {})),
        *_readings(folder, rows),
        *_variety(figures["diversity"]["written"]),
        *_not_by_keywords(figures["keywords"]),
        *_contrast(folder / "contrast.jsonl", rows),
    ]
    return findings, figures


def _keywords(splits: dict[str, list[Sentence]]) -> dict[str, float]:
    """Measure the baseline where there are enough sentences to learn from."""
    if len(splits["train"]) < ENOUGH_TO_LEARN:
        return {}
    return {"macro_f1": keyword_macro_f1(splits["train"], splits["test"])}


def _not_by_keywords(figures: dict[str, float]) -> list[Finding]:
    return [
        Finding("not solved by keywords", figure < KEYWORDS_BELOW, f"TF-IDF macro-F1 {figure:.3f}", f"below {KEYWORDS_BELOW}")
        for figure in figures.values()
    ]


def _polarity(folder: Path) -> dict[str, Any]:
    path = folder / "annotations" / "polarity.jsonl"
    return {"polarity": polarity_agreement(read_records(path, PolarityReading))} if path.is_file() else {}


def _readings(folder: Path, rows: Sequence[Sentence]) -> list[Finding]:
    path, labels = folder / "annotations" / "polarity.jsonl", folder / "open_text" / "labels.jsonl"
    if not path.is_file():
        return []
    neutral = {sentence_hash(row.text) for row in rows if row.label == NEUTRAL}
    if labels.is_file():
        neutral |= {label.hash for label in read_records(labels, OpenLabel) if label.label == NEUTRAL}
    strange = [reading.id for reading in read_records(path, PolarityReading) if reading.id not in neutral]
    return [Finding("polarity is of neutral sentences", not strange, _some(strange), "none of others")]


def _open_agreement(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / "annotations" / "open_text.jsonl"
    if not path.is_file():
        return {}
    found: dict[str, list[Annotation]] = {}
    for annotation in read_annotations(path).values():
        found.setdefault(f"open text {annotation.id.split('/')[0]}", []).append(annotation)
    return {name: agreement(annotations) for name, annotations in sorted(found.items())}


def _open_diversity(folder: Path) -> dict[str, dict[str, Any]]:
    """Describe the open text beside the written, where it has been built."""
    files = [folder / "sentences" / f"open_text_{split}.jsonl" for split in SPLITS]
    if not all(file.is_file() for file in files):
        return {}
    lines = [line for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
    return {"open text": diversity([json.loads(line)["text"] for line in lines])}


def _other_diversity(places: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Describe the held-out tables beside the written part, for comparison."""
    folders = [place for place in places if place.is_dir()]
    tables = [file for folder in folders for file in sorted(folder.glob("*.tsv"))]
    return {file.stem: diversity(_texts_of(file)) for file in tables}


def counts(splits: dict[str, list[Sentence]]) -> dict[str, dict[str, dict[str, int]]]:
    """Count sentences by split and by each field of interest.

    Args:
        splits: The sentences of each split.

    Returns:
        Field -> value -> split -> number; "articles" and "conflicts" count those, not sentences.
    """
    fields: dict[str, Callable[[Sentence], str]] = {
        "label": lambda row: row.label,
        "code": lambda row: row.code or "unclear",
        "region": lambda row: row.region,
        "era": lambda row: f"{row.date[:3]}0s",
        "source type": lambda row: row.source_type,
        "conflict kind": lambda row: row.kind,
    }
    found: dict[str, dict[str, dict[str, int]]] = {}
    for field, value_of in fields.items():
        tallies = {split: Counter(value_of(row) for row in rows) for split, rows in splits.items()}
        values = sorted({value for tally in tallies.values() for value in tally})
        found[field] = {value: {split: tallies[split][value] for split in splits} for value in values}
    found["total"] = {
        "sentences": {split: len(rows) for split, rows in splits.items()},
        "articles": {split: len({row.article_id for row in rows}) for split, rows in splits.items()},
        "conflicts": {split: len(_conflicts(rows)) for split, rows in splits.items()},
    }
    return found


def _conflicts(rows: Iterable[Sentence]) -> set[str]:
    return {row.conflict for row in rows if not row.conflict.startswith(("none: ", "several: "))}


def _identity(splits: dict[str, list[Sentence]]) -> list[Finding]:
    ids = Counter(row.id for rows in splits.values() for row in rows)
    doubled = [identity for identity, number in ids.items() if number > 1]
    shared = [
        conflict
        for first, second in (("train", "validation"), ("train", "test"), ("validation", "test"))
        for conflict in {row.conflict for row in splits[first]} & {row.conflict for row in splits[second]}
    ]
    late = [row.id for split in ("train", "validation") for row in splits[split] if row.date >= "2023"]
    return [
        Finding("ids are unique", not doubled, _some(doubled), "none doubled"),
        Finding("no conflict in two splits", not shared, _some(shared), "none shared"),
        Finding("everything from 2023 on is in test", not late, _some(late), "none elsewhere"),
    ]


def _duplicates(splits: dict[str, list[Sentence]]) -> list[Finding]:
    rows = [(split, row) for split in SPLITS for row in splits[split]]
    across, within = [], []
    for pair in near_duplicates([row.text for _, row in rows], ACROSS_SPLITS):
        (first_split, first), (second_split, second) = rows[pair.first], rows[pair.second]
        name = f"{first.id} ~ {second.id} ({pair.jaccard:.2f})"
        if first_split != second_split:
            across.append(name)
        elif pair.jaccard >= WITHIN_SPLIT:
            within.append(name)
    return [
        Finding("no near-duplicates across splits", not across, _some(across), f"Jaccard below {ACROSS_SPLITS}"),
        Finding("no near-duplicates within a split", not within, _some(within), f"Jaccard below {WITHIN_SPLIT}"),
    ]


def _held_out(rows: Sequence[Sentence], places: Sequence[Path]) -> list[Finding]:
    texts = [text for place in places for text in _texts_of(place)]
    if not texts:
        return []
    hashes = {sentence_hash(text) for text in texts}
    same = [row.id for row in rows if sentence_hash(row.text) in hashes and len(row.text.split()) > 5]
    pairs = near_duplicates([*(row.text for row in rows), *texts], ACROSS_SPLITS)
    near = [rows[pair.first].id for pair in pairs if pair.first < len(rows) <= pair.second]
    found = sorted({*same, *near})
    return [Finding("no held-out sentence in the data", not found, _some(found), f"none of {len(texts)}, nor near")]


def _texts_of(place: Path) -> list[str]:
    files = sorted(file for kind in ("*.txt", "*.tsv") for file in place.rglob(kind)) if place.is_dir() else [place]
    if not files:
        raise DataError(f"{place}: no .txt or .tsv file in it")
    texts: list[str] = []
    for file in files:
        if file.suffix == ".tsv":
            found = [normalise(field_of(row, ("text", "sentence"), file)) for row in read_table(file)]
        else:
            content = file.read_text(encoding="utf-8-sig")
            found = [normalise(content[span.start : span.end]) for span in sentences(content)]
        if not all(found) or not found:
            raise DataError(f"{file}: {found.count('') or 'all'} of its texts are empty; nothing could be compared with them")
        texts.extend(found)
    return texts


def _reliability(name: str, found: dict[str, Any]) -> list[Finding]:
    if (kappa := found.get("kappa")) is None:
        return []
    return [Finding(name, kappa >= RELIABLE, f"kappa {kappa:.3f}", f"kappa {RELIABLE} or more")]


def _variety(found: dict[str, Any]) -> list[Finding]:
    five, opening = found["commonest_fivegram"], found["commonest_opening"]
    asked: list[tuple[str, float, bool, str]] = [
        ("distinct trigrams", found["distinct_trigrams"], found["distinct_trigrams"] >= 0.80, "0.80 or more"),
        (f'commonest five words ("{five["phrase"]}")', five["share"], five["share"] <= 0.003, "0.003 or less"),
        (f'commonest opening ("{opening["phrase"]}")', opening["share"], opening["share"] <= 0.01, "0.01 or less"),
        ("words a sentence", found["words_mean"], 22 <= found["words_mean"] <= 32, "22 to 32"),
        (
            "quotation or attribution",
            found["quotation_or_attribution"],
            found["quotation_or_attribution"] >= 0.25,
            "0.25 or more",
        ),
        ("several clauses", found["several_clauses"], found["several_clauses"] >= 0.25, "0.25 or more"),
    ]
    return [Finding(name, holds, f"{value:.4f}", wanted) for name, value, holds, wanted in asked]


def _contrast(path: Path, rows: Sequence[Sentence]) -> list[Finding]:
    if not path.is_file():
        return []
    groups = read_groups(path)
    texts = [sentence.text for group in groups for sentence in group.sentences]
    pairs = near_duplicates([*(row.text for row in rows), *texts], ACROSS_SPLITS)
    near = [rows[pair.first].id for pair in pairs if pair.first < len(rows) <= pair.second]
    return [
        Finding("contrast sets", len(groups) >= 500, f"{len(groups)} groups, {len(texts)} sentences", "500 groups or more"),
        Finding("no contrast sentence in the data", not near, _some(near), "none, nor near"),
    ]


def _by_source_type(rows: Sequence[Sentence], annotations: dict[str, Annotation]) -> dict[str, list[Annotation]]:
    found: dict[str, list[Annotation]] = {}
    for row in rows:
        found.setdefault(row.source_type, []).append(annotations[row.id])
    return dict(sorted(found.items()))


def _some(problems: Sequence[str]) -> str:
    if not problems:
        return "none"
    return f"{len(problems)}: " + ", ".join(problems[:3]) + (" ..." if len(problems) > 3 else "")
