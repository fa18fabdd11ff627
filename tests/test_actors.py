import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.actors import actors, dyads, mentions


def codes(text):
    return [actor.code for actor in actors(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("India accused Pakistani gunners of opening fire.", ["IND", "PAK"]),
        ("Moscow warned Washington.", ["RUS", "USA"]),
        ("Khrushchev wrote to Kennedy.", ["RUS", "USA"]),
        ("Hamas fired at Israel, the UN said.", ["HAMAS", "ISR", "UN"]),
        ("INDIA WARNS PAKISTAN", ["IND", "PAK"]),
        ("THEY TOLD US TO WAIT", []),
        ("The US and the U.K. told us to wait.", ["USA", "GBR"]),
        ("Israeli-Palestinian talks resumed.", ["ISR", "PSE"]),
    ],
)
def test_names_adjectives_capitals_leaders_and_groups_are_found(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Georgia accused Russia of shelling a village.", ["GEO", "RUS"]),
        ("Voters in Atlanta gave Georgia to the Democrats.", []),
        ("A flight from Atlanta brought aid for Georgia to Tbilisi.", ["GEO"]),
        ("South Georgia lies in the South Atlantic.", []),
        ("Jordan closed its border, and the king of Jordan spoke.", ["JOR"]),
        ("In Jordan the talks went on.", ["JOR"]),
        ("Michael Jordan and Jordan Henderson were there.", []),
        ("Herders moved down to the Jordan River.", []),
        ("Congo's army fought M23 rebels.", ["COD", "M23"]),
        ("Congolese troops marched into Brazzaville.", ["COG"]),
        ("Congo-Brazzaville and DR Congo signed.", ["COG", "COD"]),
        ("Korea was divided after the war.", []),
        ("North Korea fired over South Korean waters.", ["PRK", "KOR"]),
        ("The Korean War ended in a truce.", []),
        ("Chad sent soldiers to Lake Chad.", ["TCD"]),
        ("Chad Miller signed the letter.", []),
        ("Niger and Nigeria closed the crossing.", ["NER", "NGA"]),
        ("Nigerien and Nigerian officers met by the Niger River.", ["NER", "NGA"]),
        ("Guinea, Guinea-Bissau, Equatorial Guinea and Papua New Guinea voted.", ["GIN", "GNB", "GNQ", "PNG"]),
        ("The guinea fowl and the turkey were sold to Polish cooks who polish pans.", ["POL"]),
        ("Sudan and South Sudan agreed.", ["SDN", "SSD"]),
        ("South American and American envoys sailed the Indian Ocean.", ["USA"]),
        ("The Pakistani Taliban and the Taliban differ.", ["TTP", "TALIBAN"]),
    ],
)
def test_overlaps_and_ambiguous_names_are_settled_by_the_text(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Israel Launches Strikes on Hamas Targets", ["ISR", "HAMAS"]),
        ("Iran Attacks Israel With Drones", ["IRN", "ISR"]),
        ("Russia Invades Georgia", ["RUS", "GEO"]),
        ("Chad Closes Border With Sudan", ["TCD", "SDN"]),
        ("Talks failed.\n\nAfter Israel bombed Rafah, Hamas fired rockets.", ["ISR", "HAMAS"]),
        ("2024-04-14\nAfter Israel bombed Rafah, Hamas fired rockets.", ["ISR", "HAMAS"]),
        ("Hezbollah said: “If Israel attacks, we will respond.”", ["HEZBOLLAH", "ISR"]),
        ("Israel Air Force jets struck Hezbollah.", ["ISR", "HEZBOLLAH"]),
        ("They met the chief of the Jordan Armed Forces.", ["JOR"]),
        ("The camps were closed, and in October Chad and Libya restored relations.", ["TCD", "LBY"]),
        ("The deal that ends the Israel Hamas war was signed.", ["ISR", "HAMAS"]),
    ],
)
def test_a_capital_that_a_headline_or_a_sentence_gives_makes_no_person(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Defence ministers met; with them sat the envoy Israel Katz.",
        "Behind the caper is Jordan Goudreau, a wirer of burly plots.",
        "The count of Chad Bown at the institute differs.",
        "Chad Miller",
    ],
)
def test_a_name_within_a_sentence_makes_a_person(text):
    assert codes(text) == []


def test_a_capital_is_its_government_unless_a_preposition_makes_it_a_place():
    assert codes("Cairo protested.") == ["EGY"]
    assert codes("Envoys of Israel and Syria met in Cairo.") == ["ISR", "SYR"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Houthi rebels attacked a ship in the Gulf of Aden.", ["HOUTHIS"]),
        ("South Yemen mobilised, and Aden protested.", ["YMD", "YMD"]),
        ("Russia denied a role in the Salisbury poisoning.", ["RUS"]),
        ("Rhodesian troops crossed the river, and Salisbury said why.", ["ZWE", "ZWE"]),
        ("Ukraine accused Russia of breaking the Minsk agreements.", ["UKR", "RUS"]),
        ("Both signed the Minsk-2 agreement, the Oslo II Accords and the Pretoria peace agreement.", []),
        ("The Budapest Memorandum, the Astana process and The Hague tribunal were named.", []),
        ("The streets of Cairo and the road to Kabul airport were empty.", []),
        ("China fired into the Taiwan Strait and the Sea of Japan.", ["CHN"]),
        ("Militants in the Niger Delta gave up rifles.", ["NGA"]),
        ("A storm reached the Turks and Caicos.", []),
    ],
)
def test_accords_waters_and_towns_are_no_parties(text, expected):
    assert [mention.actor.code for mention in mentions(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Foreign Office in London warned Iran.", ["GBR", "IRN"]),
        ("The British Foreign Office warned Iran.", ["GBR", "IRN"]),
        ("Pakistan's Foreign Office condemned India's strikes. The Foreign Office spoke of war.", ["PAK", "IND", "PAK"]),
        ("The German Foreign Office summoned the Russian ambassador.", ["DEU", "RUS"]),
        ("An official of the Foreign Office in Tokyo warned China.", ["JPN", "CHN"]),
        ("Iran's Supreme National Security Council met.", ["IRN"]),
        ("Russia's Security Council met before the Security Council did.", ["RUS", "UN"]),
    ],
)
def test_an_office_belongs_to_the_state_that_is_named_with_it(text, expected):
    assert [mention.actor.code for mention in mentions(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brussels imposed sanctions on Moscow.", ["EU", "RUS"]),
        ("Belgium's premier hesitated; Brussels then sent paratroops to the Congo.", ["BEL", "BEL", "COD"]),
        ("The Belgian chairman of the EU spoke, and Brussels kept the measures.", ["BEL", "EU", "EU"]),
        ("NATO ministers met in Brussels.", ["NATO"]),
    ],
)
def test_brussels_is_the_union_unless_belgium_alone_is_named(text, expected):
    assert [mention.actor.code for mention in mentions(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Israel killed a leader of the Palestinian group Hamas.", ["Hamas – Israel"]),
        ("Israel bombed the powerful Lebanese Shiite militia Hezbollah.", ["Hezbollah – Israel"]),
        ("Hezbollah, the Lebanese militia, fired at Israel.", ["Hezbollah – Israel"]),
        ("The United States struck Yemen's powerful Houthis.", ["Houthis – United States"]),
        ("Turkey shelled the Kurdish PKK.", ["PKK – Turkey"]),
        ("Colombian rebels of the FARC crossed into Ecuador.", ["Ecuador – FARC"]),
        ("Israel's war on Hamas went on.", ["Hamas – Israel"]),
        ("The Colombian government and the FARC signed.", ["Colombia – FARC"]),
        ("Lebanese soldiers disarmed Hezbollah.", ["Hezbollah – Lebanon"]),
    ],
)
def test_where_a_group_comes_from_is_no_party_to_what_it_does(text, expected):
    assert dyads(actors(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The IDF said it struck Hezbollah.", ["ISR", "HEZBOLLAH"]),
        ("IRGC fires missiles at Israel.", ["IRN", "ISR"]),
        ("The Arakan Army seized a base from the Tatmadaw.", ["ARAKANARMY", "MMR"]),
        ("Kurdish fighters attacked Turkish troops.", ["KURDS", "TUR"]),
        ("Turkey opened its border to Iraqi Kurds.", ["TUR", "KURDS"]),
    ],
)
def test_forces_that_news_names_without_their_state_are_found(text, expected):
    assert codes(text) == expected


def test_what_is_for_or_against_a_state_is_not_that_state():
    assert codes("Pro-Russian and anti-American crowds gathered.") == []


def test_pairs_are_named_in_alphabetical_order_without_organisations():
    assert dyads(actors("Pakistan shelled India, the United Nations said; India answered.")) == ["India – Pakistan"]
    assert len(dyads(actors("Iran, Israel and Hamas."))) == 3
    assert dyads(actors("Iran waited.")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The People’s Republic of China protested.", ["CHN"]),
        ("Rebels of the Lord’s Resistance Army entered Côte d’Ivoire.", ["LRA", "CIV"]),
        ("Sana’a answered.", ["YEM"]),
        ("T\u0075\u0308rkiye closed the straits.", ["TUR"]),
        ("Turkiye closed the straits.", ["TUR"]),
        ("South\nSudan attacked rebels.", ["SSD"]),
        ("Papua New\r\n  Guinea voted.", ["PNG"]),
        ("Azer-\nbaijan bombed Pak-\r\n  istan and the Unit-\ned States.", ["AZE", "PAK", "USA"]),
        ("Iran-\nbacked rebels and the Saudi-\nled coalition met a Russian-\nborn envoy.", ["IRN", "SAU", "RUS"]),
        ("North\nKorea and South\u00a0Korea met envoys of the United\nStates.", ["PRK", "KOR", "USA"]),
        ("Envoys of Israel and Syria met in\nCairo.", ["ISR", "SYR"]),
        ("Fighting went on in the South\n\nSudan closed its border.", ["SDN"]),
        ("FIGHTING IN THE SOUTH    Sudan closed its border.", ["SDN"]),
    ],
)
def test_typography_and_line_ends_do_not_hide_a_name(text, expected):
    assert codes(text) == expected


def test_offsets_are_those_of_the_text_as_given():
    text = "At last\r\n\r\nthe  United\nStates, Tu\u0308rkiye and Co\u0302te d’Ivoire met China’s envoy."
    found = [text[mention.start : mention.end] for mention in mentions(text)]
    assert found == ["United\nStates", "Tu\u0308rkiye", "Co\u0302te d’Ivoire", "China"]


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ("Azeri", "AZE"),
        ("Azeris", "AZE"),
        ("Belarussian", "BLR"),
        ("Ecuadorian", "ECU"),
        ("Timorese", "TLS"),
        ("Maldivian", "MDV"),
        ("Djiboutian", "DJI"),
        ("Kosovan", "XKX"),
        ("Moldavian", "MDA"),
        ("Salvadoreans", "SLV"),
        ("Nigeriens", "NER"),
        ("Cypriots", "CYP"),
    ],
)
def test_a_people_is_known_by_each_of_its_common_names(people, code):
    assert codes(f"Then {people} troops moved.") == [code]


@pytest.mark.parametrize("paper", ["Moscow Times", "MOSCOW TIMES", "Jerusalem Post", "Times of Israel", "Washington Post"])
def test_a_paper_is_not_the_state_or_capital_in_its_name(paper):
    assert codes(f"The {paper} said rebels had left.") == []


def test_the_better_known_bearer_of_a_name_is_meant():
    assert codes("Dominican troops clashed with Haitian police.") == ["DOM", "HTI"]
    assert codes("Dominica voted.") == ["DMA"]
    assert codes("The New Jersey governor and San Jose police disagreed.") == []


@pytest.mark.parametrize("text", ["Georgia said. ", "Congo ", "US "])
def test_a_name_that_recurs_does_not_make_the_whole_text_be_read_again(text):
    def seconds(times):
        start = time.process_time()
        assert len(mentions(text * times)) in (0, times)
        return time.process_time() - start

    seconds(10)
    assert seconds(8000) < 40 * seconds(1000)


PIECES = ["Iran", "US", "Jordan", "Niger", "Chad", "South", "Sudan", "-", "s", " ", "\n", "’", "\u0308", "\u0958"]


@given(st.text(max_size=200) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_mentions_lie_in_the_text_in_order_and_never_overlap(text):
    end = 0
    for mention in mentions(text):
        assert end <= mention.start < mention.end <= len(text)
        end = mention.end
