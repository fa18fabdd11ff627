"""Documents of the open text: one reader per upstream format, file in, documents out."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from escalate.errors import DataError

_TEI = "{http://www.tei-c.org/ns/1.0}"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


@dataclass(frozen=True, slots=True)
class Document:
    """One article, speech or passage of an open source."""

    id: str
    text: str
    title: str = ""
    date: str | None = None


def read_documents(source: str, content: str, name: str) -> list[Document]:
    """Extract the documents of one upstream file.

    Args:
        source: Name of the source, one of `READERS`.
        content: The file's text.
        name: The file's name, for error messages and for documents without an id of their own.

    Returns:
        The documents in the file's order, without those that hold no text.

    Raises:
        DataError: If the source is unknown or the file is not in the source's format.
    """
    if source not in READERS:
        raise DataError(f"unknown source {source!r} for {name}; known are {', '.join(READERS)}")
    try:
        documents = list(READERS[source](content, name))
    except (ValueError, KeyError, ElementTree.ParseError) as error:
        raise DataError(f"{name}: not in the format of {source}: {error!r}") from error
    return [document for document in documents if document.text.strip()]


def _gum(content: str, name: str) -> Iterator[Document]:
    import conllu

    parts: list[str] = []
    metadata: dict[str, str] = {}
    for sentence in conllu.parse(content):
        metadata.update({key: str(value) for key, value in sentence.metadata.items()})
        parts.append("\n\n" if "newpar" in sentence.metadata or "newpar_block" in sentence.metadata else " ")
        parts.append(sentence.metadata["text"])
    yield Document(
        id=metadata.get("newdoc id", name),
        text="".join(parts).strip(),
        title=metadata.get("meta::title", ""),
        date=metadata.get("meta::dateCreated"),
    )


def _milestones(content: str, name: str) -> Iterator[Document]:
    chapter = name.rsplit("/", 1)[-1].removesuffix(".xml")
    for section in ElementTree.fromstring(content).iter(f"{_TEI}div"):
        if section.find(f"{_TEI}div") is not None:
            continue
        head = section.find(f"{_TEI}head")
        paragraphs = [_flat(paragraph) for paragraph in section.iter(f"{_TEI}p")]
        yield Document(
            id=f"{chapter}/{section.get(_XML_ID)}",
            text="\n\n".join(paragraphs),
            title=_flat(head) if head is not None else "",
        )


def _flat(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _muc4(content: str, _name: str) -> Iterator[Document]:
    for record in _json_lines(content):
        yield Document(id=record["docid"], text=record["doctext"])


def _re3d(content: str, _name: str) -> Iterator[Document]:
    for record in _json_lines(content):
        text = re.sub(r"\[\d+\]", "", record["text"])
        yield Document(id=record["_id"], text=text.strip(), title=record.get("title", ""))


def _json_lines(content: str) -> Iterator[dict[str, str]]:
    return (json.loads(line) for line in content.splitlines() if line.strip())


def _unscon(content: str, _name: str) -> Iterator[Document]:
    speeches: dict[str, list[str]] = {}
    for row in csv.DictReader(io.StringIO(content)):
        speeches.setdefault(row["filename"], []).append(_detokenised(row["sentence_text"]))
    for speech, lines in speeches.items():
        yield Document(id=speech, text="\n\n".join(lines), date=None)


def _detokenised(text: str) -> str:
    text = re.sub(r"(?<=\w) - (?=\w)", "-", " ".join(text.split()))
    text = re.sub(r"\s+([,.;:!?%)\]’”])", r"\1", text)
    return re.sub(r"([(\[“‘])\s+|\s+(?=['’](?:s|re|ve|ll|t|d|m)\b)", r"\1", text)


READERS: dict[str, Callable[[str, str], Iterator[Document]]] = {
    "gum_news": _gum,
    "milestones": _milestones,
    "muc4": _muc4,
    "re3d": _re3d,
    "unscon": _unscon,
}
"""The known sources and their readers."""
