"""Names, nationalities and capitals of states, from the package countryinfo, and how news prose writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

PANEL: Final[dict[str, tuple[str, ...]]] = {
    "Africa": ("Ethiopia", "Kenya", "Morocco", "Nigeria", "Rwanda"),
    "Americas": ("Brazil", "Colombia", "Cuba", "United States", "Venezuela"),
    "Asia": ("China", "India", "Japan", "North Korea", "Pakistan"),
    "Europe": ("France", "Germany", "Russia", "Ukraine", "United Kingdom"),
    "Middle East": ("Egypt", "Iran", "Israel", "Syria", "Turkey"),
    "Oceania": ("Australia", "Fiji", "New Zealand", "Samoa", "Tonga"),
}
"""The states put in place of others: five a region, often and seldom in the news."""

# What countryinfo has differs here from what news prose writes.
_NAMES: Final = {
    "United States": ("United States", "United States of America", "America", "USA", "U.S.", "US"),
    "United Kingdom": ("Britain", "United Kingdom", "Great Britain", "U.K.", "UK"),
    "United Arab Emirates": ("United Arab Emirates", "UAE"),
    "Myanmar": ("Myanmar", "Burma"),
    "Democratic Republic of the Congo": ("Democratic Republic of the Congo", "DR Congo", "Congo"),
    "Republic of the Congo": ("Republic of the Congo", "Congo-Brazzaville"),
    "Czech Republic": ("Czech Republic", "Czechia"),
    "Turkey": ("Turkey", "Türkiye"),
    "The Gambia": ("Gambia",),
    "The Bahamas": ("Bahamas",),
}
_ADJECTIVES: Final = {"Saudi Arabia": "Saudi", "New Zealand": "New Zealand", "Argentina": "Argentine", "Kyrgyzstan": "Kyrgyz",
    "Tajikistan": "Tajik"}  # fmt: skip
_PLURALS: Final = {"Turkish": "Turks", "British": "Britons", "New Zealand": "New Zealanders", "Spanish": "Spaniards",
    "Polish": "Poles", "Swedish": "Swedes", "Danish": "Danes", "Finnish": "Finns"}  # fmt: skip
_CAPITALS: Final = {"United States": "Washington", "Kazakhstan": "Astana", "Bolivia": "La Paz", "Yemen": "Sanaa"}
# Capitals that are as often something else: a person, a woman's name, a town elsewhere, a common word.
_AMBIGUOUS_CAPITALS: Final = {
    "George Town", "Georgetown", "Hamilton", "Kingston", "Malé", "Monaco", "Plymouth", "San José", "Santiago", "Singapore",
    "Stanley", "Tripoli", "Victoria", "Wellington",
}  # fmt: skip

AMBIGUOUS: Final = frozenset({"Chad", "Georgia", "Guinea", "Jordan", "Turkey"})
"""Names that are also a person's, a bird's, a federal state's or part of another state's name."""

WITH_ARTICLE: Final = frozenset(
    {
        "Bahamas", "Central African Republic", "Czech Republic", "Democratic Republic of the Congo", "Dominican Republic",
        "Gambia", "Maldives", "Marshall Islands", "Netherlands", "Philippines", "Republic of the Congo", "Solomon Islands",
        "U.K.", "U.S.", "UAE", "UK", "US", "USA", "United Arab Emirates", "United Kingdom", "United States",
        "United States of America",
    }
)  # fmt: skip
"""Names that take "the"."""


@dataclass(frozen=True)
class Country:
    """A state as news prose names it.

    Attributes:
        key: Its name in countryinfo.
        names: Its names; the first is the one to write.
        adjective: The nationality, such as "Brazilian"; None where it belongs to several states.
        plural: Its people, such as "Brazilians"; the adjective itself where English has no plural.
        capital: Its capital; None where the word is ambiguous.
    """

    key: str
    names: tuple[str, ...]
    adjective: str | None
    plural: str | None
    capital: str | None


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """Return the states, by their name in countryinfo.

    A nationality or capital that several entries claim goes to the most populous one (Chinese to China, Congolese to Kinshasa).

    Returns:
        Name -> state; entries without a nationality (mostly dependent territories) are left out.
    """
    from countryinfo import CountryInfo

    entries = sorted(CountryInfo("Brazil").all().values(), key=lambda entry: -(entry.get("population") or 0))
    taken: set[str] = set()
    found: dict[str, Country] = {}
    for entry in entries:
        country = _country(entry, taken)
        if country is not None and country.key not in found:
            found[country.key] = country
            taken |= {form for form in (*country.names, country.adjective, country.capital) if form}
    return found


def _country(entry: Mapping[str, Any], taken: set[str]) -> Country | None:
    key, adjective = str(entry.get("name") or ""), _ADJECTIVES.get(entry.get("name", ""), entry.get("demonym"))
    if not key or not isinstance(adjective, str) or not adjective or not set("/,").isdisjoint(adjective):
        return None
    names = tuple(name for name in _NAMES.get(key, (key,)) if name not in taken)
    if not names or adjective in taken:
        return None
    capital = _CAPITALS.get(key, entry.get("capital"))
    usable = isinstance(capital, str) and capital not in taken | _AMBIGUOUS_CAPITALS | set(names)
    return Country(key, names, adjective, _plural(adjective), capital if usable else None)


def _plural(adjective: str) -> str:
    if adjective in _PLURALS:
        return _PLURALS[adjective]
    return adjective if adjective.endswith(("s", "sh", "ch", "ese", "x", "z")) else f"{adjective}s"
