import pytest

from escalate.evaluation.countries import AMBIGUOUS, PANEL, countries
from escalate.evaluation.swap import mentions, replaceable, swap


def test_every_state_of_the_panel_has_all_its_forms():
    for key in (key for panel in PANEL.values() for key in panel):
        found = countries()[key]
        assert found.names
        assert found.adjective
        assert found.plural


def test_a_nationality_that_several_claim_belongs_to_the_largest():
    owner = {country.adjective: key for key, country in countries().items()}
    assert (owner["Chinese"], owner["Indian"], owner["French"], owner["American"]) == (
        "China", "India", "France", "United States",
    )  # fmt: skip
    assert countries().keys() >= AMBIGUOUS


@pytest.mark.parametrize(
    ("text", "source", "target", "expected"),
    [
        ("An Iranian envoy left Tehran.", "Iran", "Brazil", "A Brazilian envoy left Brasília."),
        ("A Kenyan patrol crossed into Somalia.", "Kenya", "Egypt", "An Egyptian patrol crossed into Somalia."),
        ("Iran's navy sailed.", "Iran", "United States", "The United States' navy sailed."),
        ("Talks with Iran failed.", "Iran", "United States", "Talks with the United States failed."),
        ("Iran-backed fighters withdrew.", "Iran", "United States", "US-backed fighters withdrew."),
        ("The US and Cuba agreed to talk.", "United States", "Japan", "Japan and Cuba agreed to talk."),
        ("Warn the United States.", "United States", "India", "Warn India."),
        ("Police stopped US forces at dawn.", "United States", "Cuba", "Police stopped Cuban forces at dawn."),
        ("Shells hit a U.S. base.", "United States", "Ukraine", "Shells hit a Ukrainian base."),
        ("The Netherlands' ships left.", "Netherlands", "Fiji", "Fiji's ships left."),
        ("Israelis and settlers fled.", "Israel", "China", "Chinese and settlers fled."),
        ("Two Germans were held.", "Germany", "United Kingdom", "Two Britons were held."),
    ],
)
def test_articles_genitives_and_forms_suit_the_new_state(text, source, target, expected):
    assert replaceable(text) == source
    assert swap(text, source, target) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Ships met in the South China Sea.",
        "A tanker burned in the Gulf of Oman.",
        "Latin American leaders met.",
        "The governor of Georgia spoke.",
        "They ate turkey and watched Michael Jordan.",
        "Chad waved from the car.",
        "The US embassy closed.",
        "Nothing is named here.",
        "He read the Indianapolis papers.",
    ],
)
def test_what_is_part_of_another_name_or_unclear_is_left_alone(text):
    assert replaceable(text) is None


def test_an_ambiguous_name_counts_where_its_nationality_or_capital_stands_beside_it():
    assert replaceable("Georgia recalled its envoy, the Georgian ministry said.") == "Georgia"
    assert replaceable("Officials in Amman said that Jordan would wait.") == "Jordan"


def test_other_states_stay_and_every_mention_of_the_one_goes():
    text = "India said Indian jets had not left New Delhi for Pakistan."
    assert [found.country for found in mentions(text)] == ["India", "India", "India", "Pakistan"]
    assert swap(text, "India", "Kenya") == "Kenya said Kenyan jets had not left Nairobi for Pakistan."
    assert swap(swap(text, "India", "Kenya"), "Kenya", "India") == text


def test_an_unknown_state_is_an_error():
    with pytest.raises(KeyError):
        swap("India waits.", "India", "Ruritania")
