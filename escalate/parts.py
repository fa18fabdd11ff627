"""What is read of an article: its headline and its sentences."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from escalate.articles.article import Article
from escalate.text import Span, normalise, sentences, split_date_line

HEADLINE: Final = "headline"
LEAD: Final = "lead"
BODY: Final = "body"

_WORD: Final = re.compile(r"\w+")


class Part(NamedTuple):
    """A headline or a sentence, before it is read.

    Attributes:
        row: The number of its article.
        name: "headline", or the position of the sentence: with the article's id, its own.
        place: "headline", "lead" or "body".
        text: What it says.
        start: Where it begins in the article's text, in characters; a headline is taken to stand below the text.
        end: Where it ends.
    """

    row: int
    name: str
    place: str
    text: str
    start: int
    end: int


def parts_of(row: int, article: Article, headline: bool = True) -> list[Part]:
    """Cut an article into what is read of it.

    Args:
        row: The number of the article.
        article: The article.
        headline: Whether its headline is read.

    Returns:
        The headline, if there is a word in it, and the sentences in order; where the text begins with the headline, as web
        pages do, it is no lead, and counts once.
    """
    _, start = split_date_line(article.text)
    spans = _below(article, sentences(article.text, start))
    found = [Part(row, str(n), BODY if n else LEAD, article.text[a:b], a, b) for n, (a, b) in enumerate(spans)]
    if headline and _words(article.title):
        after = len(article.text) + 2
        found.insert(0, Part(row, HEADLINE, HEADLINE, article.title, after, after + len(article.title)))
    return found


def _below(article: Article, spans: list[Span]) -> list[Span]:
    words, begun = _words(article.title), list[str]()
    for number, span in enumerate(spans, start=1):
        begun += _words(article.text[span.start : span.end])
        if len(begun) >= len(words):
            return spans[number:] if begun == words else spans
    return spans


def _words(text: str) -> list[str]:
    return _WORD.findall(normalise(text).casefold())
