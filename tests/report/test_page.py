import html
import re
import shutil
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from escalate.articles.article import Article
from escalate.predict import Predictor
from escalate.readings import read
from escalate.report.page import pieces, write_page
from escalate.report.timeplot import inline, save
from escalate.timeline import of_readings

EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)> & "quotes"'


@pytest.fixture(scope="module")
def readings():
    texts = [
        "Rebels shelled the town. India accused Pakistan of firing across the border.",
        f"The army bombed a bridge near {EVIL} at dawn. Nobody answered.",
        "India and Pakistan agreed on a ceasefire. Both armies pulled back.",
        "Prisoners were exchanged at the bridge. The rain went on.",
    ]
    articles = [
        Article(id=f"a/{n}", text=text, date=f"2019-03-0{n}", title=f"No. {n} {EVIL}", source=EVIL, url="javascript:alert(3)")
        for n, text in enumerate(texts, start=1)
    ]
    return read([*articles, Article(id="u<b>", text="Nothing is known.")], Predictor.load(), apart="source")


@pytest.fixture(scope="module")
def page(readings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_page(of_readings(readings, "source"), folder / "report.html", f"T {EVIL}", folder / "plots")
    return folder


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def elements(page):
    parser = Elements()
    parser.feed((page / "report.html").read_text())
    return parser.found


def test_what_articles_say_is_never_markup(page):
    found = elements(page)
    assert [tag for tag, _ in found].count("script") == 1
    assert not any(tag == "img" or any(name.startswith("on") for name in attributes) for tag, attributes in found)
    assert not any((attributes.get("href") or "").startswith("javascript") for _, attributes in found)
    assert html.escape("<script>alert(1)</script>") in (page / "report.html").read_text()


def test_articles_in_another_language_are_named_without_markup(tmp_path):
    text = "Die Rebellen haben am Abend die Vororte der Hauptstadt beschossen und vier Menschen getötet."
    german = Article(id=EVIL, text=text, date="2019-03-01")
    english = Article(id="a", text="Rebels shelled the town at dawn.", date="2019-03-01")
    write_page(of_readings(read([german, english], Predictor.load())), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "1 article in another language than English, in no series" in page
    assert "reads as another language (de)" in page
    assert EVIL not in page


def test_actors_and_pairs_are_those_of_articles_in_series(tmp_path):
    texts = [
        (
            "de",
            "Die Rebellen haben am Abend die Vororte von Kairo beschossen. Egypt und Sudan gaben einander die Schuld.",
            "2019-03-01",
        ),
        ("undated", "Jets of Chad bombed positions of Libya at dawn.", None),
        ("read", "India accused Pakistan of shelling a village across the border.", "2019-03-01"),
    ]
    articles = [Article(id=name, text=text, date=date) for name, text, date in texts]
    write_page(of_readings(read(articles, Predictor.load())), tmp_path / "report.html")
    tables = (tmp_path / "report.html").read_text("utf-8").partition("<h2>Actors</h2>")[2]
    assert [name for name in ("Egypt", "Sudan", "Chad", "Libya", "India", "Pakistan") if name in tables] == [
        "India",
        "Pakistan",
    ]


def test_the_page_needs_nothing_else_and_forbids_it(page):
    found = elements(page)
    assert not any(tag in ("link", "iframe") or "src" in attributes for tag, attributes in found)
    policy = next(attributes["content"] for tag, attributes in found if attributes.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


def test_every_link_leads_somewhere_and_ids_are_unique(page):
    found = elements(page)
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {
        value[1:] for _, attributes in found for name, value in attributes.items() if name.endswith("href") and value[0] == "#"
    }
    assert targets <= set(ids)


def test_markers_are_links_that_a_screen_reader_can_tell(page):
    labels = [attributes["aria-label"] for tag, attributes in elements(page) if tag == "a" and "aria-label" in attributes]
    assert len(labels) == 4
    assert not any("target" in attributes for _, attributes in elements(page))
    assert re.match(r"2019-03-01: index [+-]\d+, \d+ sentences", labels[0])


def test_a_sign_is_told_in_words_too(page):
    text = (page / "report.html").read_text()
    assert re.search(
        r'<b class="mark escalation"><span aria-hidden="true">▲</span><span class="unseen">escalation</span> 0\.', text
    )
    assert not re.search(r">[▲▼]</th>", text)


def test_a_phone_shows_the_page_without_scrolling_sideways(page):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium on this machine")
    with (
        playwright.sync_playwright() as program,
        program.chromium.launch(executable_path=browser, args=["--no-sandbox"]) as found,
    ):
        opened = found.new_page(viewport={"width": 390, "height": 844})
        opened.goto((page / "report.html").as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390
        opened.locator("figure a").first.focus()
        assert "shelled" in opened.locator("#tip").inner_text()


def test_the_pieces_of_an_article_are_its_text(readings):
    for reading in readings:
        assert "".join(piece.text for piece in pieces(reading)) == reading.article.text


def test_a_single_article_has_a_marker_and_no_interval(page):
    content = (page / "report.html").read_text()
    assert "nan" not in content
    assert not re.search(r"index [+−-]?\d+ \[", content)


def test_plots_are_written_as_svg_and_png_and_the_same_each_time(page, readings, tmp_path):
    assert {file.name for file in (page / "plots").iterdir()} == {"series-1.svg", "series-1.png"}
    found = of_readings(readings, "source")
    for name in ("a.svg", "b.svg"):
        save([("one", found.periods, found.changes), ("two", found.periods, found.changes)], tmp_path / name, columns=2)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    drawing = inline(found.periods.head(1), [], "g1", {"p-1": 'a "label"'})
    assert ElementTree.fromstring(drawing).tag.endswith("svg")
    assert "#b2182b" not in drawing
