"""Normalisation and sentence splitting with character offsets: the same code in training and in prediction."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

_QUOTES = '"“”„‟«»'
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")
_CLOSERS = _QUOTES + "'’)]"
_BLANKED = str.maketrans(_QUOTES, " " * len(_QUOTES))
_PARAGRAPH_BREAK = re.compile(r"(?:[^\S\n]*\n){2,}[^\S\n]*|[^\S\n]{4,}")
_LINE = re.compile(r"[^\n]+")
_NEXT_LINE = re.compile(r"\n[^\S\n]*\S")
_WRAP_WIDTH = 120
_WHOLE = re.compile(r"""[.!?…:;]["“”„‟«»'’)\]]*\s*$""")
# What begins a line of a list: a bullet, a number, a time of day. A dash or time before a small letter is one of running text.
_ENUMERATOR = r"\(?\d{1,3}[.)]"
_CLOCK_TIME = r"\d{1,2}:\d\d(?=\s+(?:[ap]\.?m\b|[^\sa-z]))"
_ITEMS = tuple(
    re.compile(rf"^[^\S\n]*{mark}", re.MULTILINE)
    for mark in (r"[-–](?=[^\S\n]+[^\sa-z])", r"[*•·](?=[^\S\n])", rf"{_ENUMERATOR}(?=\s)", _CLOCK_TIME)
)
_BARE_ENUMERATOR = re.compile(rf"\s*{_ENUMERATOR}")
# An address of a web page and the like: it makes a line long in any text.
_UNBROKEN = re.compile(r"\S{40,}")
_EDGE = " \t\r\n\f\v\u00a0\u2028\u2029\ufeff\u200b"
_LEADING_JUNK = re.compile(r"[\s\ufeff\u200b]*(?:(?:…|\.{2,}|\[(?:…|\.{3})\]|[•·*–—-])[\s\ufeff\u200b]+)*")
_CLOCK = re.compile(r"\b[ap]\.m\.$", re.IGNORECASE)
# What goes on with a time of day: "5 p.m. Monday", "Nov. 29", "local time", "GMT"; not "They", "Only", "NATO".
_AFTER_CLOCK = re.compile(
    r"\s*(?:(?i:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today)"
    r"|(?i:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\.?\s+\d"
    r"|(?:local|LOCAL|on|ON|[A-Z]{2,3}T|UTC)\b)"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# An American party and state: "Graham, R-S.C., objected".
_PARTY = re.compile(r"[DIR]-[A-Z]\.(?=[A-Z]\.)")
# A time of day, as in time stamps: "T08:30:00Z", " 08:30", " 08:30:15.250 +02:00".
_TIME = r"(?:T|,?[ \t]+)\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:[ \t]?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?(?!\w|:\d)"
_DATE_LINE = re.compile(
    rf"[\s\ufeff]*(?:date\s*(?::\s*)?)?(\d{{4}}-\d{{2}}-\d{{2}})(?:{_TIME})?(?![\d-])[ \t]*[:.,–—-]?\s*", re.IGNORECASE
)
# The end of a line within a word, as printed pages have it.
_HYPHENATED = re.compile(r"(?<=[a-zà-öø-ÿ])[-‐][ \t\r]*\n[ \t]*(?=[a-zà-öø-ÿ])")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2060\ufeff\ud800-\udfff]")

# Cyrillic and Greek letters that cannot be told from Latin ones by eye (Unicode's confusables, UTS 39).
_LOOKALIKES = str.maketrans(
    "асԁеһіјӏорԛѕѵԝхуАВСЕНІЈКМОРԚЅТѴԜХУοναιρϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "acdehijlopqsvwxyABCEHIJKMOPQSTVWXYovaipcjABEZHIKMNOPTYX",
)
_WORD = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f])+")
_LATIN = re.compile("[A-Za-z]")

# Characters that combine with the one before, and the two others that normalise to such.
_MARKS = re.compile(r".(?:[^\w\x00-\u02ff]|[\uff9e\uff9f]){8,}", re.DOTALL)
_MOST_MARKS = 30
_JOINER = "\u034f"
# Characters that the splitter is given at once: its time grows with the square of the quotations and brackets among them.
_WINDOW = 20_000


class Span(NamedTuple):
    """A piece of a text: `text[start:end]`, offsets in characters."""

    start: int
    end: int


def normalise(text: str) -> str:
    """Return the text as the model reads it: NFKC, no control characters or lone surrogates, single spaces.

    A word that is hyphenated at the end of a line is joined ("bom-", "bed").

    Cyrillic and Greek letters in a word that has Latin ones too become the Latin letters that they look like.

    More than 30 combining marks in a row are set apart, as in Unicode's stream-safe text format (UAX 15): they belong to no
    language, and putting them in order takes the square of their number.

    Args:
        text: Any string, of any length.

    Returns:
        The normalised string; empty if nothing readable is left.
    """
    composed = text if text.isascii() else unicodedata.normalize("NFKC", _MARKS.sub(_set_apart, text))
    plain = " ".join(_CONTROL.sub(" ", _HYPHENATED.sub("", composed)).split())
    return plain if plain.isascii() else unicodedata.normalize("NFC", _WORD.sub(_in_one_script, plain))


def _in_one_script(word: re.Match[str]) -> str:
    return word[0] if word[0].isascii() or not _LATIN.search(word[0]) else word[0].translate(_LOOKALIKES)


def _set_apart(match: re.Match[str]) -> str:
    pieces, count = [], 0
    for char in match[0]:
        marks, alone = _marks(char)
        if alone and count + marks > _MOST_MARKS:
            pieces.append(_JOINER)
            count = 0
        count = count + marks if alone else marks
        pieces.append(char)
    return "".join(pieces)


@lru_cache(maxsize=4096)
def _marks(char: str) -> tuple[int, bool]:
    """Count the combining marks at the end of a decomposed character, and tell whether it consists of such alone."""
    combining = [unicodedata.combining(part) > 0 for part in unicodedata.normalize("NFKD", char)]
    return len(list(takewhile(bool, reversed(combining)))), all(combining)


def sentence_hash(text: str) -> str:
    """Return the key of a sentence in files that must not hold its text.

    Args:
        text: A sentence; case, spacing and the style of its quotation marks do not change the key.

    Returns:
        The first 16 hexadecimal digits of a SHA-256.
    """
    folded = normalise(text).casefold().translate(_STRAIGHT)
    return hashlib.sha256(folded.encode()).hexdigest()[:16]


def iso_day(text: str) -> str:
    """Check that a text is a calendar day written as YYYY-MM-DD, and nothing else that ISO 8601 knows.

    Args:
        text: Such as "2024-04-14".

    Returns:
        The same.

    Raises:
        ValueError: If it is something else.
    """
    from datetime import date

    if not _DAY.fullmatch(text):
        raise ValueError(f"expected a day such as 2024-04-14, not {text!r:.40}")
    return date.fromisoformat(text).isoformat()


def split_date_line(text: str) -> tuple[str | None, int]:
    """Find an ISO date or time stamp at the start of the first line, alone or before the text ("date 2024-04-14 Joe ...").

    A sentence that itself begins with one loses it.

    Args:
        text: An article.

    Returns:
        The date or None, and the offset at which the article proper begins.
    """
    match = _DATE_LINE.match(text)
    if match is None:
        return None, 0
    try:
        return iso_day(match[1]), match.end()
    except ValueError:
        return None, 0


def sentences(text: str, start: int = 0) -> list[Span]:
    """Split a text into sentences.

    Boundaries come from sentencex (Wikimedia's splitter). It keeps a quotation whole, so quotation marks are hidden from
    it: each sentence of a long quotation is read by itself. Paragraphs end at blank lines, at runs of four or more spaces
    (as in agency archives), before the items of a list or live blog (two lines or more that begin with a bullet, a number or
    a time of day) and, where most of a text stands in lines longer than a screen's that end as sentences do, at every line end.

    Args:
        text: An article or passage, of any length.
        start: Offset at which to begin.

    Returns:
        The sentences in order, without surrounding space or leading ellipses and bullets. Every letter or digit of the text
        from `start` on lies in exactly one of them.
    """
    spans: list[Span] = []
    for paragraph in _paragraphs(text, start):
        begin = paragraph.start
        for end in _boundaries(text[paragraph.start : paragraph.end]):
            _append_trimmed(spans, text, begin, paragraph.start + end)
            begin = paragraph.start + end
        _append_trimmed(spans, text, begin, paragraph.end)
    return spans


def _paragraphs(text: str, start: int) -> list[Span]:
    breaks = re.compile(rf"\n\s*|{_PARAGRAPH_BREAK.pattern}") if _is_wide(text, start) else _PARAGRAPH_BREAK
    borders = [match.span() for match in breaks.finditer(text, start)]
    borders.extend((place, place) for item in _ITEMS if len(found := _begins(item, text, start)) > 1 for place in found)
    spans, begin = [], start
    for end, after in sorted(borders):
        spans.append(Span(begin, end))
        begin = max(begin, after)
    spans.append(Span(begin, len(text)))
    return [span for span in spans if span.end > span.start]


def _begins(item: re.Pattern[str], text: str, start: int) -> list[int]:
    return [match.start() for match in item.finditer(text, start)]


def _is_wide(text: str, start: int) -> bool:
    """Tell whether most of a text stands in lines that no wrapping has made, so that a line is a paragraph."""
    widths = [(line, len(_UNBROKEN.sub("", line[0]))) for line in _LINE.finditer(text, start)]
    wide = [(line, width) for line, width in widths if width > _WRAP_WIDTH]
    if 2 * sum(width for _, width in wide) <= sum(width for _, width in widths):
        return False
    # Of lines that a blank one follows nothing is to be decided.
    whole = [_WHOLE.search(line[0]) is not None for line, _ in wide if _NEXT_LINE.match(text, line.end())]
    return whole.count(True) >= whole.count(False)


def _boundaries(paragraph: str) -> list[int]:
    # The splitter counts in code points but cannot take lone surrogates, and reads a line end as a break.
    plain = re.sub(r"[\ud800-\udfff]", "\ufffd", paragraph).translate(_BLANKED)
    plain = re.sub(r"\s", " ", plain)
    lower = paragraph.islower()
    settled = [_settle(paragraph, end, lower) for end in _ends(plain)]
    return [end for end in settled if end is not None and end < len(paragraph)]


def _ends(plain: str) -> Iterator[int]:
    """Ask the splitter for the ends of sentences, of a long text in windows that each begin where a sentence does."""
    from sentencex import get_sentence_boundaries

    start = 0
    while start < len(plain):
        window = plain[start : start + _WINDOW]
        ends = [start + int(boundary["end_index"]) for boundary in get_sentence_boundaries("en", window)]
        if start + len(window) == len(plain):
            yield from ends
            return
        # The last end is the window's.
        yield from ends[:-1]
        start = ends[-2] if len(ends) > 1 else start + len(window)


def _settle(paragraph: str, end: int, lower: bool) -> int | None:
    """Move a boundary back over space and forward over closing quotes; None where the sentence goes on."""
    while end > 0 and (paragraph[end - 1].isspace() or paragraph[end - 1] in _QUOTES):
        end -= 1
    while end < len(paragraph) and paragraph[end] in _CLOSERS:
        end += 1
    rest = paragraph[end : end + 40]
    following = rest.lstrip(_EDGE)[:1]
    goes_on = end > 0 and paragraph[end - 1] in _CLOSERS and following.islower() and not lower
    if goes_on or _PARTY.match(paragraph, max(0, end - 4)):
        return None
    if _BARE_ENUMERATOR.fullmatch(paragraph, 0, end):
        return None
    if _CLOCK.search(paragraph[max(0, end - 6) : end]) and _AFTER_CLOCK.match(rest):
        return None
    return end


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    match = _LEADING_JUNK.match(text, start, end)
    start = match.end() if match else start
    while end > start and (text[end - 1].isspace() or text[end - 1] in _EDGE):
        end -= 1
    if any(char.isalnum() for char in text[start:end]):
        spans.append(Span(start, end))
