"""A user's own articles as unlabelled sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from escalate.articles.files import read_articles
from escalate.data.duplicates import near_duplicates
from escalate.text import normalise, sentences, split_date_line

# Of two sentences that differ in a word, one may say the opposite: a labeller wants both.
SAME: Final = 1.0


def ingest(places: Sequence[Path]) -> tuple[list[dict[str, Any]], int]:
    """Split articles into sentences and drop those that repeat an earlier one word for word.

    Args:
        places: Files or folders, as `escalate.articles.files.read_articles` takes them.

    Returns:
        Rows with "id", "article_id", "position", "date" (None if unknown), "title" and "text", and the number of sentences
        dropped because an earlier one has the same words, case and punctuation aside.

    Raises:
        DataError: If a file cannot be read, or is of an unknown kind, or two articles have the same id.
    """
    rows: list[dict[str, Any]] = []
    for article in read_articles(places):
        _, start = split_date_line(article.text)
        for position, span in enumerate(sentences(article.text, start)):
            rows.append(
                {
                    "id": f"{article.id}/{position}",
                    "article_id": article.id,
                    "position": position,
                    "date": article.date,
                    "title": article.title,
                    "text": normalise(article.text[span.start : span.end]),
                }
            )
    doubled = {pair.second for pair in near_duplicates([row["text"] for row in rows], SAME)}
    return [row for number, row in enumerate(rows) if number not in doubled], len(doubled)
