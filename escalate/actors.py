"""The actors that a text names: states, armed groups and international organisations, by gazetteer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import combinations, zip_longest
from typing import Final, NamedTuple

from escalate.gazetteer.folded import Folded

_KEY: Final = 3
_SHORTEST_IN_CAPITALS: Final = 4
_WORD_START: Final = re.compile(r"\b\w")
_IN_PLACE: Final = re.compile(r"\b(?:in|at|near|outside|around|into|from|to|through|of|central|downtown) $", re.IGNORECASE)
_AGAINST: Final = re.compile(r"\b(?:pro|anti|ex)-$", re.IGNORECASE)
# Within a sentence: what begins one has its capital for that.
_CAPITALISED_BEFORE: Final = re.compile(r"(?:(?<=[a-z] )|(?<=[a-z], ))([A-Z][a-z]+) $")
_CAPITALISED_AFTER: Final = re.compile(r" ([A-Z][a-z]+)\b")
_LONG_WORD: Final = re.compile(r"\b(?:[A-Z]|([a-z]))[a-z]{3,}\b")
_LINE: Final = 200
_PERSONAL: Final = frozenset({"Jordan", "Chad", "Georgia", "Israel"})

# Rows of own.tsv that hold no names but words around them, and how each kind is looked for.
_AROUND: Final = {
    "beside": r"(?:%s)$",
    "before": r"\b(?:%s) $",
    "after": r" (?:%s)\b",
    "occasion": r"[ -](?:(?:[A-Z\d][\w-]*|peace|political|ceasefire|cease-fire|truce|preliminary|climate) )?(?i:%s)s?\b",
    "band": r"(?:'s?)?((?: (?:(?:%s)s?|[a-z]+-(?:backed|aligned|allied|led)))+)?(?(1)(?:,| of| from)?(?: the)?|) ?",
}
_OWNED: Final = re.compile(r"(?:'s?)? $")
_APPOSED: Final = re.compile(r", (?:(?:an?|the) )?(?:[a-z-]+ )?")
_SEAT: Final = re.compile(r" in ")

# Names that readers know better than the package's.
_SHORT: Final = {"COD": "DR Congo", "COG": "Congo-Brazzaville", "MKD": "North Macedonia", "BIH": "Bosnia", "SWZ": "Eswatini"}


@dataclass(frozen=True, slots=True)
class Actor:
    """A state, an armed group or an international organisation.

    Attributes:
        code: ISO 3166 alpha-3 for states that have one, else a short name in capitals.
        name: Name to show.
        kind: "state", "group" or "organisation".
    """

    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A place of a text that names an actor: `text[start:end]`, offsets in characters."""

    actor: Actor
    start: int
    end: int


class _Form(NamedTuple):
    text: str
    code: str
    kind: str
    where: str = ""


class _Gazetteer(NamedTuple):
    actors: dict[str, Actor]
    forms: dict[str, tuple[_Form, ...]]
    around: dict[str, re.Pattern[str]]


def mentions(text: str) -> list[Mention]:
    """Find the actors that a text names.

    States are found by name, adjective, capital and leader (countries.tsv, generated from the package countryinfo, and
    own.tsv, the project's own additions), groups and organisations by the names in own.tsv. Names are matched as written or
    all in capitals, the longest first, with straight or curly apostrophes, and across the end of a line. A capital counts as
    its government ("Cairo protested") unless a preposition makes it a place ("talks in Cairo") or an accord or the like bears
    its name ("the Minsk agreements"; "occasion" in own.tsv). "Sea of Japan" and "pro-Russian" name no actor.
    Ambiguous names are settled by the text at hand:

    * Georgia is the American state beside American places or parties, unless the Caucasus is named too.
    * Jordan, Chad, Georgia and Israel are a person's name beside another name ("Jordan Henderson"): beside a word whose capital
      comes neither from the start of a sentence nor from a headline, and which is no actor's name or one of a title, month or
      institution ("beside" in own.tsv).
    * "Foreign Office" and "Security Council" belong to the state that is named before them ("Pakistan's Foreign Office") or
      whose capital comes after ("the Foreign Office in Tokyo"); the text's later "Foreign Office" is then that one too.
    * Brussels is the European Union, unless the text names Belgium and not the Union.
    * Aden and Salisbury are governments only where the text names South Yemen or Rhodesia.
    * A state whose adjective or possessive stands by a group for its origin is no actor ("the Lebanese militia Hezbollah",
      "Hamas, the Palestinian group"): it would be made a party to what the group does or suffers.
    * Congo is the one with Kinshasa unless Brazzaville is named and nothing of the other.
    * "Korea" without north or south is no actor, nor is it a guess at one.

    Args:
        text: A sentence, or an article whose context then counts as a whole.

    Returns:
        The mentions in order; none overlaps another.
    """
    return list(_found(text))


def actors(text: str) -> tuple[Actor, ...]:
    """Return the actors that a text names, each once, in the order of their first mention; see `mentions`."""
    return tuple(dict.fromkeys(mention.actor for mention in mentions(text)))


def dyads(found: tuple[Actor, ...]) -> list[str]:
    """Return the pairs of some actors as "A – B", names in alphabetical order, organisations left out.

    An organisation in a sentence with two enemies is as a rule the mediator, and no party of the conflict.
    """
    parties = sorted({actor.name for actor in found if actor.kind != "organisation"})
    return [f"{first} – {second}" for first, second in combinations(parties, 2)]


class _Place(NamedTuple):
    form: _Form
    actor: Actor
    start: int
    end: int


def _found(given: str) -> Iterator[Mention]:
    known, text = _gazetteer(), Folded(given)
    before: _Place | None = None
    places = [*_places(known, text)]
    for place, after in zip_longest(places, places[1:]):
        if not _is_origin(known, text.folded, before, place, after):
            yield Mention(place.actor, text.offset(place.start), text.offset(place.end))
        before = place


def _places(known: _Gazetteer, text: Folded) -> Iterator[_Place]:
    end, last, owners = 0, "", dict[str, str]()
    for match in _WORD_START.finditer(text.folded):
        start = match.start()
        if start < end:
            continue
        form = _longest(known, text.folded, start)
        if form is None:
            continue
        owner = last if last and _OWNED.fullmatch(text.folded, end, start) else ""
        end = start + len(form.text)
        if form.kind == "office":
            last = _holder(known, form, text.folded, end, owner, owners)
            code = "" if owner else last
        else:
            last = code = _settled(known, form, text, start, end) or ""
        if code:
            yield _Place(form, known.actors[code], start, end)


def _is_origin(known: _Gazetteer, text: str, before: _Place | None, place: _Place, after: _Place | None) -> bool:
    """Tell whether a state or people is named only for a group that comes from it, next to it."""
    if place.form.kind not in ("state", "adjective"):
        return False
    own = place.form.kind == "adjective" or text.startswith("'", place.end)
    band = known.around["band"]
    if own and after and after.actor.kind == "group" and band.fullmatch(text, place.end, after.start):
        return True
    if not (before and before.actor.kind == "group" and _APPOSED.fullmatch(text, before.end, place.start)):
        return False
    kind_of_group = band.match(text, place.end)
    return bool(kind_of_group and kind_of_group[1])


def _holder(known: _Gazetteer, form: _Form, text: str, end: int, owner: str, owners: dict[str, str]) -> str:
    """Return whose office a form means here, and remember in `owners` whose it is if the text says so."""
    seat = _SEAT.match(text, end)
    capital = _longest(known, text, seat.end()) if seat else None
    named = owner or (capital.code if capital and capital.kind == "capital" else "")
    # Of an international body the bare name means that body again.
    if named and known.actors[form.code].kind == "state":
        owners[form.text] = named
    return named or owners.get(form.text, form.code)


def _longest(known: _Gazetteer, text: str, start: int) -> _Form | None:
    for length in (_KEY, _KEY - 1):  # "UN" has but two letters
        for form in known.forms.get(text[start : start + length], ()):
            end = start + len(form.text)
            if text.startswith(form.text, start) and not (text[end : end + 1].isalnum() and form.text[-1].isalnum()):
                return form
    return None


def _settled(known: _Gazetteer, form: _Form, text: Folded, start: int, end: int) -> str | None:
    """Return the code of the actor that a form means here; None if it means none."""
    before = text.folded[max(0, start - 20) : start]
    name = form.text.capitalize() if form.text.isupper() else form.text
    if form.kind == "none" or _AGAINST.search(before) or (form.kind == "capital" and _IN_PLACE.search(before)):
        return None
    if form.where and not text.holds(form.where):
        return None
    if known.around["before"].search(text.folded, max(0, start - 20), start) or known.around["after"].match(text.folded, end):
        return None
    if form.kind == "capital" and known.around["occasion"].match(text.folded, end):
        return None
    if form.text == "US" and text.in_capitals:
        return None
    if name in _PERSONAL and not form.text.isupper() and _is_person(known, text.folded, start, end):
        return None
    if form.code == "GEO" and name == "Georgia" and text.of_american_georgia:
        return None
    if name == "Brussels":
        return "BEL" if text.of_belgium else "EU"
    if name in ("Congo", "Congolese"):
        return "COG" if text.of_brazzaville else "COD"
    return form.code


def _is_person(known: _Gazetteer, text: str, start: int, end: int) -> bool:
    before, after = _CAPITALISED_BEFORE.search(text, max(0, start - 60), start), _CAPITALISED_AFTER.match(text, end)
    names = [match for match in (before, after) if match and not known.around["beside"].match(match[1])]
    parts = [_longest(known, text, match.start(1)) for match in names]
    return any(part is None or part.kind in ("none", "leader") for part in parts) and not _in_headline(text, start, end)


def _in_headline(text: str, start: int, end: int) -> bool:
    """Tell whether a name stands in a line of capitalised words, in which a capital makes no name."""
    before, after = text[max(0, start - _LINE) : start].rpartition("\n")[2], text[end : end + _LINE].partition("\n")[0]
    words = _LONG_WORD.findall(f"{before} {after}")
    small = sum(map(bool, words))
    return len(words) - small >= max(2, 3 * small)


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    names: dict[str, Actor] = {}
    forms: dict[str, _Form] = {}

    def add(code: str, kind: str, texts: str, where: str = "") -> None:
        for text in filter(None, texts.split("|")):
            plural = [f"{text}s"] if kind in ("state", "adjective") and text.endswith(("an", "i", "ian")) else []
            for variant in (text, *plural):
                forms.setdefault(variant, _Form(variant, code, kind, where))
                if len(variant) >= _SHORTEST_IN_CAPITALS:
                    forms.setdefault(variant.upper(), _Form(variant.upper(), code, kind, where))

    countries = [line.split("\t") for line in _lines("countries.tsv")]
    own = [line.split("\t") for line in _lines("own.tsv")]
    around = {kind: [texts for found, _, _, texts in own if found == kind] for kind in _AROUND}
    for kind, code, name, texts in own:
        if kind in _AROUND:
            continue
        if name and kind not in ("leader", "capital"):
            names[code] = Actor(code, name, kind)
        add(code, kind, texts, where=name if kind == "capital" else "")
    for code, name, *_ in countries:
        names[code] = Actor(code, _SHORT.get(code, name), "state")
    for code, name, others, adjective, _ in countries:
        add(code, "state", f"{name}|{others}")
        add(code, "adjective", adjective)
    for code, _, _, _, capital in countries:
        add(code, "capital", capital)
    by_start: dict[str, list[_Form]] = {}
    for form in sorted(forms.values(), key=lambda form: -len(form.text)):
        by_start.setdefault(form.text[:_KEY], []).append(form)
    short = {key: tuple(found) for key, found in by_start.items()}
    return _Gazetteer(names, short, {kind: re.compile(_AROUND[kind] % "|".join(rows)) for kind, rows in around.items()})


def _lines(name: str) -> list[str]:
    content = files("escalate.gazetteer").joinpath(name).read_text(encoding="utf-8")
    return [line for line in content.splitlines() if line and not line.startswith("#")]
