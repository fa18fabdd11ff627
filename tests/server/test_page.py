"""The page in a real browser."""

import csv
import io
import json
import re
import shutil

import pytest

from tests.server.conftest import running

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")

ARTICLE = '2019-03-01\n\nRebels shelled the town. "=cmd" <img src=x onerror=alert(1)> 🇺🇳 stood there. It rained all day.'
LATER = "2019-03-02\n\nBoth armies stopped firing. Prisoners were exchanged at the bridge."
DONE = re.compile(r"^Read \d+ sentence")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as program:
        found = program.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser, service):
    opened = browser.new_page()
    opened.set_default_timeout(120_000)
    opened.problems = []
    opened.asked = []
    opened.on("console", lambda message: opened.problems.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.goto(service.url)
    yield opened
    assert not opened.problems
    assert all(url.startswith((service.url, "blob:")) for url in opened.asked)
    opened.close()


def read(page, text):
    page.get_by_label("Article", exact=True).fill(text)
    page.keyboard.press("Control+Enter")
    page.locator("#status").filter(has_text=DONE).wait_for()


def downloaded(page, name):
    with page.expect_download() as found:
        page.get_by_role("button", name=name).click()
    return found.value.path().read_text("utf-8")


def test_an_article_is_marked_sentence_by_sentence_and_is_never_markup(page):
    read(page, ARTICLE)
    sentences = page.locator(".sentence")
    assert sentences.first.get_attribute("class").startswith("sentence escalation level-")
    assert "shelled" in sentences.first.locator("strong").all_inner_texts()
    assert page.locator("#articles img").count() == 0
    shown = page.locator(".prose").evaluate("list => { const copy = list.cloneNode(true); "
        "copy.querySelectorAll('.mark, .unseen').forEach(part => part.remove()); return copy.textContent; }")  # fmt: skip
    assert shown == ARTICLE
    assert page.locator("#line").is_hidden()


def test_a_screen_reader_is_told_the_label_and_the_result(page):
    read(page, ARTICLE)
    assert re.search(r"escalation, 0\.\d\d:", page.locator(".prose").aria_snapshot())
    assert page.get_by_role("status").inner_text() == "Read 3 sentences of 1 article."
    page.get_by_text("As a table").click()
    assert page.get_by_role("columnheader", name="p(escalation)").is_visible()
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Read").click()
    assert "no text" in page.get_by_role("alert").inner_text()


def test_the_keyboard_is_enough(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
    page.keyboard.press("Tab")
    page.keyboard.insert_text(ARTICLE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#status").filter(has_text=DONE).wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('sentence')"):
            break
    page.keyboard.press("End")
    assert "It rained" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Home")
    assert "Rebels" in page.evaluate("document.activeElement.textContent")
    assert "shelled (+" in page.locator("#detail").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()


def test_several_articles_give_a_time_line(page):
    read(page, f"{ARTICLE}\n=====\n{LATER}")
    points = page.locator("#charts svg a")
    assert points.count() == 2
    assert points.first.get_attribute("aria-label").startswith("2019-03-01: index ")
    page.get_by_label("a point a").select_option("M")
    page.locator("#charts svg a").nth(1).wait_for(state="detached")
    assert [row["period"][:10] for row in json.loads(downloaded(page, "Time line as JSON"))["periods"]] == ["2019-03-01"]
    assert downloaded(page, "Time line as CSV").startswith("series,period,articles")


def test_an_article_in_another_language_is_noted_and_in_no_series(page):
    german = "2019-03-03\n\nDie Rebellen haben am Abend die Vororte der Hauptstadt beschossen und vier Menschen getötet."
    read(page, f"{ARTICLE}\n=====\n{german}")
    assert "another language (de)" in page.locator("#articles .warn").inner_text()
    assert page.locator("#line").is_hidden()
    read(page, f"{ARTICLE}\n=====\n{german}\n=====\n{LATER}")
    assert page.locator("#charts svg a").count() == 2
    assert json.loads(downloaded(page, "Time line as JSON"))["foreign"] == ["article-2"]


def test_readings_are_downloaded_and_no_cell_is_a_formula(page):
    read(page, "=1+1 said the rebels.")
    (row,) = csv.DictReader(io.StringIO(downloaded(page, "Sentences as CSV")))
    assert row["text"] == "'=1+1 said the rebels."
    assert float(row["p_neutral"]) <= 1
    (article,) = json.loads(downloaded(page, "Sentences as JSON"))
    assert article["sentences"][0]["text"] == "=1+1 said the rebels."


def test_files_are_opened_and_dropped(page, tmp_path):
    for name, text in (("a.txt", ARTICLE), ("b.txt", LATER)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    page.get_by_label("Open files…").set_input_files([tmp_path / "a.txt", tmp_path / "b.txt"])
    page.locator("#status").filter(has_text="2 files opened").wait_for()
    assert page.locator("#text").input_value() == f"{ARTICLE}\n\n=====\n\n{LATER}"
    transfer = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['Third.'], 'c.txt')); return t; }"
    )
    page.locator("#form").dispatch_event("drop", {"dataTransfer": transfer})
    page.locator("#status").filter(has_text="1 file opened").wait_for()
    assert page.locator("#text").input_value().endswith("=====\n\nThird.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(browser, service, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(service.url)
    for name in ("--text", "--quiet", "--up", "--down"):
        assert page.evaluate(CONTRAST, name) >= 4.5
    page.close()


CONTRAST = """name => {
  const value = (key) => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = `var(${key})`;
    const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map((part) => {
      const c = part / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    probe.remove();
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [one, other] = [value(name), value('--card')].sort((a, b) => b - a);
  return (one + 0.05) / (other + 0.05);
}"""


def test_a_key_is_asked_for_when_one_is_needed(browser):
    with running(api_key="sesame") as locked:
        page = browser.new_page()
        page.goto(locked.url)
        page.locator("#text").fill("Rebels shelled the town.")
        page.get_by_role("button", name="Read").click()
        page.get_by_label("Key of this service").fill("sesame")
        page.get_by_role("button", name="Read").click()
        page.locator("#status").filter(has_text=DONE).wait_for()
        page.close()
