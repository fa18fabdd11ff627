"""Build the dataset: sentences from articles and sources, joined with their labels, split by conflict or document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from escalate.bundle import sha256_of
from escalate.data.annotations import Annotation, read_annotations
from escalate.data.schema import SPLITS, Article, Sentence, read_articles, read_records, write_jsonl
from escalate.data.sources import read_documents
from escalate.errors import DataError
from escalate.text import normalise, sentence_hash, sentences

# The number of a paragraph or item is layout: it is no part of the sentence that was labelled.
_NUMBER: Final = re.compile(r"\d{1,3}\.(\s+|$)")


def build_written(folder: Path) -> dict[str, int]:
    """Write `sentences/{train,validation,test}.jsonl` from `articles.jsonl`, `annotations/written.jsonl` and `splits.json`.

    Args:
        folder: The data folder.

    Returns:
        Number of sentences of each split.

    Raises:
        DataError: If a sentence has no annotation, an annotation belongs to no sentence or to another text, or a conflict has
            no split; nothing is written then.
    """
    articles = read_articles(folder / "articles.jsonl")
    annotations = read_annotations(folder / "annotations" / "written.jsonl")
    splits = json.loads((folder / "splits.json").read_text(encoding="utf-8"))
    rows: dict[str, list[Sentence]] = {split: [] for split in SPLITS}
    problems: list[str] = []
    for article in articles:
        split = splits.get(conflict_of(article))
        if split not in SPLITS:
            problems.append(f"splits.json: no split for conflict {conflict_of(article)!r} of article {article.id}")
            continue
        for position, text in enumerate(split_article(article)):
            annotation = annotations.pop(f"{article.id}/{position}", None)
            if annotation is None or annotation.hash != sentence_hash(text):
                problems.append(f"annotations/written.jsonl: none for {article.id}/{position} with this text: {text:.60}")
            else:
                rows[split].append(_labelled(article, position, text, annotation))
    problems.extend(f"annotations/written.jsonl: {identity} is no sentence of articles.jsonl" for identity in annotations)
    if problems:
        raise DataError("\n".join(problems[:20] + ([f"... and {len(problems) - 20} more"] if len(problems) > 20 else [])))
    for split, found in rows.items():
        write_jsonl(folder / "sentences" / f"{split}.jsonl", found)
    return {split: len(found) for split, found in rows.items()}


def split_article(article: Article) -> list[str]:
    """Return the sentences of an article as annotators read them: normalised, without numbers of items."""
    return _split(article.text)


def _split(text: str) -> list[str]:
    found = []
    for start, end in sentences(text):
        number = _NUMBER.match(text, start, end)
        if (begin := number.end() if number else start) < end:
            found.append(normalise(text[begin:end]))
    return found


def conflict_of(article: Article) -> str:
    """Return the unit that must not lie in two splits: the conflict, or the article itself where it has none or several."""
    return f"{article.conflict}: {article.id}" if article.conflict in ("none", "several") else article.conflict


def _labelled(article: Article, position: int, text: str, annotation: Annotation) -> Sentence:
    return Sentence(
        id=annotation.id,
        article_id=article.id,
        position=position,
        date=article.date,
        conflict=conflict_of(article),
        kind=article.kind,
        region=article.region,
        source_type=article.source_type,
        text=text,
        label=annotation.label,
        code=annotation.code,
        annotators=annotation.all_labels,
    )


class OpenLabel(BaseModel):
    """The label of a sentence of an open source, keyed by the hash of its text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    document: str
    hash: str = Field(pattern=r"^[0-9a-f]{16}$")
    label: str
    code: str | None
    annotators: dict[str, str]
    split: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A pinned file of an open source."""

    source: str
    path: str
    url: str
    commit: str
    sha256: str
    licence: str


def read_source_files(manifest: Path) -> list[SourceFile]:
    """Read the list of pinned files.

    Args:
        manifest: `data/open_text/manifest.json`.

    Returns:
        The files.

    Raises:
        DataError: If the manifest cannot be read.
    """
    try:
        return [SourceFile(**entry) for entry in json.loads(manifest.read_text(encoding="utf-8"))["files"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{manifest}: no readable list of source files: {error!r}") from error


def open_sentences(files: list[SourceFile], sources: Path) -> Iterator[dict[str, Any]]:
    """Extract the sentences of the open sources.

    Args:
        files: The pinned files.
        sources: Folder that holds them at `SourceFile.path`.

    Yields:
        "source", "document", "position", "date", "hash" and "text" of each sentence, in order.

    Raises:
        DataError: If a file is missing or is not the pinned one.
    """
    for file in files:
        path = sources / file.path
        if not path.is_file():
            raise DataError(f"{path}: missing; fetch it from {file.url} or leave out --sources")
        if sha256_of(path) != file.sha256:
            raise DataError(f"{path}: SHA-256 differs from the pinned file's; fetch it again from {file.url}")
        for document in read_documents(file.source, path.read_text(encoding="utf-8-sig"), file.path):
            for position, text in enumerate(_split(document.text)):
                yield {
                    "source": file.source,
                    "document": document.id,
                    "position": position,
                    "date": document.date,
                    "hash": sentence_hash(text),
                    "text": text,
                }


def build_open_text(folder: Path, sources: Path) -> dict[str, int]:
    """Write `sentences/open_text_{train,validation,test}.jsonl` and the unlabelled rest as `open_text_pool.jsonl`.

    Args:
        folder: The data folder with `open_text/manifest.json` and `open_text/labels.jsonl`.
        sources: Folder that holds the pinned files.

    Returns:
        Number of sentences of each split, and "pool".

    Raises:
        DataError: If a source file is not the pinned one, or a label finds no sentence; nothing is written then.
    """
    files = read_source_files(folder / "open_text" / "manifest.json")
    labels = {label.hash: label for label in read_records(folder / "open_text" / "labels.jsonl", OpenLabel)}
    written: dict[str, list[dict[str, Any]]] = {name: [] for name in (*SPLITS, "pool")}
    seen: set[str] = set()
    for row in open_sentences(files, sources):
        if row["hash"] in seen:
            continue
        label = labels.get(row["hash"])
        if label is not None and (label.source, label.document) != (row["source"], row["document"]):
            continue  # a stock phrase that also stands elsewhere
        seen.add(row["hash"])
        written["pool" if label is None else label.split].append(_open_row(row, label))
    lost = [label for label in labels.values() if label.hash not in seen]
    if lost:
        examples = ", ".join(f"{label.source}/{label.document}/{label.hash}" for label in lost[:5])
        raise DataError(f"{len(lost)} labels of open_text/labels.jsonl found no sentence, such as {examples}")
    for name, rows in written.items():
        write_jsonl(folder / "sentences" / f"open_text_{name}.jsonl", rows)
    return {name: len(rows) for name, rows in written.items()}


def _open_row(row: Mapping[str, Any], label: OpenLabel | None) -> dict[str, Any]:
    article = f"{row['source']}/{row['document']}"
    return {
        "id": f"{article}/{row['position']}",
        "article_id": article,
        "position": row["position"],
        "date": row["date"],
        "source": row["source"],
        "text": row["text"],
        **({"label": label.label, "code": label.code, "annotators": label.annotators} if label else {}),
    }
