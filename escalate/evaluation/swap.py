"""Put one state in the place of another in a sentence: name, nationality, people and capital."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from escalate.evaluation.countries import AMBIGUOUS, WITH_ARTICLE, Country, countries

# What may follow "the US" where it is the state itself and not the beginning of "the US embassy".
_FOLLOWS_STATE: Final = re.compile(
    r"\s*$|['’,;:.!?)\]\"”–—]|\s+(?:[-–—(]|(?:and|or|nor|but|to|in|into|on|over|at|of|for|from|with|without|by|as|if|that|than|"
    r"which|who|while|when|where|after|before|because|since|until|against|has|had|have|is|was|were|are|be|been|will|would|could|"
    r"should|may|might|must|can|cannot|did|does|do|said|says|also|not|never|wants?|warned|announced|agreed|refused|rejected)\b)"
)
_CAPITALISED_BEFORE: Final = re.compile(r"(?:^|[^\w])([A-Z][\w.’']*)(?: of(?: the)?)?(?: |-)$")
_CAPITALISED_AFTER: Final = re.compile(r"(?:['’]s)?(?:[ -])[A-Z]")
# Words that open a sentence or name an office, not part of a longer proper name.
_HARMLESS: Final = frozenset(
    {
        "A", "According", "After", "Although", "An", "And", "As", "At", "Before", "Both", "But", "By", "During", "For", "From",
        "If", "In", "Neither", "On", "Since", "So", "That", "The", "Then", "Though", "To", "Two", "Under", "Until", "When",
        "While", "With",
    }
)  # fmt: skip


class Mention(NamedTuple):
    """A place where a sentence names a state: `text[start:end]`, as "name", "adjective", "plural" or "capital"."""

    start: int
    end: int
    kind: str
    country: str


def mentions(text: str) -> list[Mention]:
    """Find the states that a sentence names.

    Args:
        text: A sentence.

    Returns:
        The mentions in order, without those that are part of a longer proper name ("South China Sea", "Gulf of Oman").
    """
    return [found for found in _all_mentions(text) if _stands_alone(text, found)]


def replaceable(text: str) -> str | None:
    """Choose the state of a sentence that another can stand for without harm to its grammar.

    Args:
        text: A sentence.

    Returns:
        Key of the first of `replaceable_states`; None if there is none.
    """
    return next(iter(replaceable_states(text)), None)


def replaceable_states(text: str) -> list[str]:
    """Find the states of a sentence that others can stand for without harm to its grammar.

    Args:
        text: A sentence.

    Returns:
        Keys of the states all of whose mentions can be replaced, in the order of their first mention: none of the mentions is
        part of a longer proper name, it is clear what "the US" belongs to, and an ambiguous name (Georgia, Jordan) comes with
        the state's nationality or capital.
    """
    everything = _all_mentions(text)
    found = []
    for key in dict.fromkeys(mention.country for mention in everything):
        own = [mention for mention in everything if mention.country == key]
        certain = key not in AMBIGUOUS or any(mention.kind != "name" for mention in own)
        if certain and all(_stands_alone(text, mention) and _clear(text, mention) for mention in own):
            found.append(key)
    return found


def swap(text: str, source: str, target: str) -> str:
    """Replace every mention of a state by another state.

    Args:
        text: A sentence for which `replaceable` chose `source`.
        source: Key of the state that is named.
        target: Key of the state to put in its place.

    Returns:
        The sentence, with articles ("an Iranian" -> "a Brazilian", "the US" -> "Brazil") and genitives to suit.

    Raises:
        KeyError: If there is no such state.
    """
    new = countries()[target]
    for found in reversed([found for found in _all_mentions(text) if found.country == source]):
        before, old, after = text[: found.start], text[found.start : found.end], text[found.end :]
        kind = found.kind
        # "US forces", with no article that is the state's own, is the adjective.
        if old in WITH_ARTICLE and kind == "name" and not _has_article(before) and not after.startswith(("-", "–")):
            kind = "adjective"
        if old in WITH_ARTICLE and kind == "name" and _has_article(before):
            before = before[:-4]
        text = _joined(before, _form(new, kind), after, capital_start=not before.strip(' "“‘'))
    return text


def _form(country: Country, kind: str) -> str:
    if kind == "capital":
        return country.capital or country.names[0]
    return {"name": country.names[0], "adjective": country.adjective or "", "plural": country.plural or ""}[kind]


def _joined(before: str, new: str, after: str, *, capital_start: bool) -> str:
    if new in WITH_ARTICLE and after.startswith(("-", "–")):
        new = {"United States": "US"}.get(new, new)
    elif new in WITH_ARTICLE and not re.search(r"\b(?:[Tt]he|[Aa]n?) $", before):
        new = f"{'The' if capital_start else 'the'} {new}"
    genitive = re.match(r"(['’])(?:s\b|(?=\W|$))", after)
    if genitive:
        after = (genitive[1] if new.endswith("s") else f"{genitive[1]}s") + after[genitive.end() :]
    article = re.search(r"\b([Aa])n? $", before)
    if article:
        before = f"{before[: article.start()]}{article[1]}{'n' if new[0] in 'AEIO' else ''} "
    return before + new + after


def _has_article(before: str) -> bool:
    return before[-4:] in ("the ", "The ")


def _clear(text: str, found: Mention) -> bool:
    needs = found.kind == "name" and text[found.start : found.end] in WITH_ARTICLE and _has_article(text[: found.start])
    return not needs or _FOLLOWS_STATE.match(text, found.end) is not None


def _stands_alone(text: str, found: Mention) -> bool:
    before = _CAPITALISED_BEFORE.search(text[: found.start])
    if before is not None and before[1] not in _HARMLESS:
        return False
    return _CAPITALISED_AFTER.match(text, found.end) is None


def _all_mentions(text: str) -> list[Mention]:
    forms, pattern = _forms()
    return [Mention(match.start(), match.end(), *forms[match[0]]) for match in pattern.finditer(text)]


@lru_cache(maxsize=1)
def _forms() -> tuple[dict[str, tuple[str, str]], re.Pattern[str]]:
    forms: dict[str, tuple[str, str]] = {}
    for country in countries().values():
        own = [(name, "name") for name in country.names]
        own += [(country.adjective or "", "adjective"), (country.plural or "", "plural"), (country.capital or "", "capital")]
        for form, kind in own:
            if form:
                forms.setdefault(form, (kind, country.key))
    longest_first = sorted(forms, key=len, reverse=True)
    return forms, re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
