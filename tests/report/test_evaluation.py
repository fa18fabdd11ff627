import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from escalate.report.evaluation import page, write_page
from escalate.report.evaluation_plots import WARNING, actors_plot
from escalate.report.markdown import evaluation_table
from tests.report.results import evaluation

PARTS = {
    "abstention": "abstain below", "against": "Against other", "seeds": "Over 3 training seeds", "slices": "Slices",
    "contrast": "Contrast sets", "polarity": "Polarity of neutral sentences", "robustness": "Robustness", "actors": "Actors",
}  # fmt: skip


class Addresses(HTMLParser):
    """Collects every address that a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("src", "href", "xlink:href") and not value.startswith("#")]


def test_the_page_shows_every_part_and_fetches_nothing_from_outside():
    html = page(evaluation())
    for part in ("1,234 sentences of 56 articles", "0.200 to 0.300", "small &lt;b&gt;", *PARTS.values()):
        assert part in html
    addresses = Addresses()
    addresses.feed(html)
    # What is drawn as an image lies in the page itself.
    assert all(address.startswith("data:") for address in addresses.found)
    assert not re.search(r"@import|url\((?!#)|<script|<link", html)
    assert set(re.findall(r"https?://[^\"\s<]+", html)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


@pytest.mark.parametrize("absent", PARTS)
def test_a_part_that_was_not_asked_for_has_no_section(absent):
    result = evaluation()
    del result[absent]
    html = page(result)
    assert f"<h2>{PARTS[absent]}" not in html
    assert all(text in html for part, text in PARTS.items() if part != absent)


def test_no_sentence_that_names_a_state_means_no_section_on_actors():
    result = evaluation()
    result["actors"] |= {"swaps": 0, "flip_rate": None, "interval": None, "largest_shift": None, "actors": {}}
    assert "<h2>Actors" not in page(result)


def test_a_bundle_without_a_score_has_flips_and_no_shifts():
    result = evaluation()
    result["actors"] |= {"largest_shift": None}
    result["actors"]["goals"]["largest_shift"]["met"] = None
    for row in result["actors"]["actors"].values():
        row |= {"shift": None, "interval": None}
    html, table = page(result), evaluation_table(result)
    assert "Labels flipped" in html
    assert "labels flipped" in table
    assert "mean change" not in (html + table).lower()


def test_a_change_that_alters_no_sentence_has_no_share_of_labels_kept():
    result = evaluation()
    result["robustness"]["changes"]["typos"] |= {"changed": 0, "kept": None}
    result["robustness"]["changes"]["typos"]["intervals"]["kept"] = None
    assert "typos  (0)" in page(result)
    assert "typos" not in evaluation_table(result)


def test_the_same_result_gives_the_same_page_and_plots_are_valid_svg(tmp_path):
    write_page(evaluation(), tmp_path / "out" / "r.html")
    html = (tmp_path / "out" / "r.html").read_text(encoding="utf-8")
    assert html == page(evaluation())
    drawn = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(drawn) == 7
    for svg in drawn:
        assert ElementTree.fromstring(svg).tag.endswith("svg")


def test_a_goal_is_told_in_words_and_a_caption_is_no_part_of_an_image():
    html = page(evaluation())
    assert re.search(r"goal: at most \d+%, (met|missed)\)", html)
    assert len(re.findall(r'<div class="plot[^"]*" role="img" aria-label="[^"]+">', html)) == html.count("<figure>") == 7


def test_a_state_beyond_the_goal_stands_out():
    result = evaluation()
    assert WARNING in actors_plot(result)
    result["actors"]["actors"]["China"]["shift"] = 0.02
    assert WARNING not in actors_plot(result)


def test_figures_without_an_interval_are_shown_without_one():
    result = evaluation()
    result["intervals"] = dict.fromkeys(result["intervals"])
    result["against"]["interval"] = result["actors"]["interval"] = result["actors"]["actors"]["China"]["interval"] = None
    for change in result["robustness"]["changes"].values():
        change["intervals"] = dict.fromkeys(change["intervals"])
    html, table = page(result), evaluation_table(result)
    assert "0.250" in html
    assert "| macro-F1 | 0.250 |" in table
    assert "None" not in html + table
