"""A user's own articles as unlabelled sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from escalate.articles.files import read_articles
from escalate.shingles import is_short, shingles
from escalate.text import normalise, sentences, split_date_line


def ingest(places: Sequence[Path]) -> tuple[list[dict[str, Any]], int]:
    """Split articles into sentences and drop those that repeat an earlier one word for word.

    Of two sentences that differ in a word, one may say the opposite: a labeller wants both.

    Args:
        places: Files or folders, as `escalate.articles.files.read_articles` takes them.

    Returns:
        Rows with "id", "article_id", "position", "date" (None if unknown), "title" and "text", and the number of sentences
        dropped because an earlier one has the same words, case and punctuation aside.

    Raises:
        DataError: If a file cannot be read, or is of an unknown kind, or two articles have the same id.
    """
    rows: list[dict[str, Any]] = []
    said: set[frozenset[str]] = set()
    dropped = 0
    for article in read_articles(places):
        _, start = split_date_line(article.text)
        for position, span in enumerate(sentences(article.text, start)):
            text = normalise(article.text[span.start : span.end])
            pieces = shingles(text)
            if pieces in said and not is_short(text):
                dropped += 1
                continue
            said.add(pieces)
            rows.append(
                {
                    "id": f"{article.id}/{position}",
                    "article_id": article.id,
                    "position": position,
                    "date": article.date,
                    "title": article.title,
                    "text": text,
                }
            )
    return rows, dropped
