"""The page in a real browser."""

import csv
import io
import json
import re
import shutil

import pytest

from escalate.bundle import LAYOUT, SHIPPED
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
    return found.value.path().read_text("utf-8-sig")


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
    assert page.locator("#charts .whisker").count() == 0
    assert "interval" not in points.first.get_attribute("aria-label")
    page.get_by_label("a point a").select_option("M")
    page.locator("#charts svg a").nth(1).wait_for(state="detached")
    assert page.locator("#charts .whisker").count() == 1
    assert [row["period"][:10] for row in json.loads(downloaded(page, "Time line as JSON"))["periods"]] == ["2019-03-01"]
    assert downloaded(page, "Time line as CSV").startswith("series,period,articles")


def test_a_point_shows_the_sentences_behind_it_and_dates_do_not_overlap(page):
    page.get_by_label("show the words").uncheck()
    autumn = "2019-09-02\n\nIndia accused Pakistan of firing across the border. Nobody spoke of talks."
    read(page, f"{ARTICLE}\n=====\n{LATER}\n=====\n{autumn}\n=====\nWithout a date.")
    assert page.get_by_role("status").inner_text().endswith("In no time line: article 4 (no date).")
    assert page.get_by_role("heading", name="All articles").is_visible()
    page.locator("#charts svg a").first.focus()
    assert "▲ 0." in page.locator("#detail li").first.inner_text()
    assert "shelled" in page.locator("#detail li").first.inner_text()
    boxes = sorted((text.bounding_box() for text in page.locator("#charts text.day").all()), key=lambda box: box["x"])
    assert len(boxes) == 2
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    page.get_by_label("Series by").select_option("country")
    page.locator("#status").filter(has_text=DONE).wait_for()
    assert page.locator("#detail").is_hidden()


def test_a_reading_without_countries_leaves_the_way_back_from_series_by_country(page):
    page.get_by_label("Series by").evaluate("select => { select.value = 'country'; }")
    read(page, f"2019-03-01\n\nRebels shelled the town.\n=====\n{LATER}")
    page.get_by_role("alert").filter(has_text="by country").wait_for()
    assert "shelled" in page.locator(".sentence strong").all_inner_texts()
    assert page.get_by_role("button", name="Time line as CSV").is_disabled()
    page.get_by_label("Series by").select_option("all")
    page.locator("#charts svg a").nth(1).wait_for()
    assert page.get_by_role("alert").is_hidden()
    assert page.get_by_role("button", name="Time line as CSV").is_enabled()
    page.get_by_label("Series by").select_option("dyad")
    page.get_by_role("alert").wait_for()
    assert page.locator("#charts svg").count() == 0
    page.problems.clear()  # the browser's own lines about the answers 422


def test_sentences_are_counted_by_the_labels_of_the_bundle(browser, tmp_path):
    shutil.copytree(SHIPPED / "tiny", tmp_path / "mine")
    manifest = tmp_path / "mine" / LAYOUT.manifest
    manifest.write_text(manifest.read_text("utf-8").replace('"escalation"', '"worse"').replace('"neutral"', '"same"'), "utf-8")
    with running(bundle=str(tmp_path / "mine")) as own:
        page = browser.new_page()
        page.goto(own.url)
        read(page, "Rebels shelled the town.")
        assert "1 sentence: 1 worse, 0 de-escalation, 0 same; " in page.locator("#articles").inner_text()
        page.close()


def test_an_article_in_another_language_is_noted_and_in_no_series(page):
    german = "2019-03-03\n\nDie Rebellen haben am Abend die Vororte der Hauptstadt beschossen und vier Menschen getötet."
    read(page, f"{ARTICLE}\n=====\n{german}")
    assert "article 2 (German)" in page.get_by_role("status").inner_text()
    assert page.locator(".prose").nth(1).get_attribute("lang") == "de"
    assert "another language (German)" in page.locator("#articles .warn").inner_text()
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


def test_a_file_dropped_beside_the_form_is_taken_and_one_that_is_no_text_refused(page):
    transfer = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File([new Uint8Array([37, 255, 254])], 'a.pdf')); return t; }"
    )
    page.locator("footer").dispatch_event("drop", {"dataTransfer": transfer})
    page.get_by_role("alert").filter(has_text="a.pdf is not a text file").wait_for()
    assert page.locator("#text").input_value() == ""


def test_an_article_that_is_too_long_is_named(page):
    page.locator("#text").fill(f"{LATER}\n=====\n{'It rained. ' * 500}")
    page.get_by_role("button", name="Read").click()
    page.get_by_role("alert").filter(has_text="Article 2: text has 5499 characters").wait_for()
    page.problems.clear()  # the browser's own line about the answer 413


def test_nothing_appears_after_clear(page):
    held = []
    page.route("**/v1/article", lambda route: held.append(route))
    page.locator("#text").fill(ARTICLE)
    with page.expect_request("**/v1/article"):
        page.get_by_role("button", name="Read").click()
    page.get_by_role("button", name="Clear").click()
    with page.expect_response("**/v1/article"):
        held[0].continue_()
    page.wait_for_timeout(200)
    assert page.locator("#results").is_hidden()
    assert page.get_by_role("status").inner_text() == ""
    assert page.get_by_role("button", name="Read").is_enabled()


def test_nothing_moves_under_the_pointer_when_the_skip_link_goes(page):
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Read").click()
    assert "no text" in page.get_by_role("alert").inner_text(timeout=5000)


def test_a_phone_shows_the_chosen_sentence_above_its_details_and_the_table_whole(page):
    page.set_viewport_size({"width": 390, "height": 600})
    page.get_by_label("show the words").uncheck()
    read(page, "Rain fell on the town for the whole day and night. " * 25)
    page.locator(".sentence").first.focus()
    for _ in range(15):
        page.keyboard.press("ArrowDown")
        chosen = page.locator(".sentence:focus").bounding_box()
        assert chosen["y"] + chosen["height"] <= page.locator("#detail").bounding_box()["y"]
    assert all(bar.bounding_box()["height"] < 40 for bar in page.locator("#detail .bar").all())
    page.get_by_role("button", name="Close").click()
    assert page.locator("#detail").is_hidden()
    page.get_by_text("As a table").click()
    assert page.locator("td:last-child").first.bounding_box()["width"] > 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(browser, service, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(service.url)
    found = page.evaluate(CONTRAST)
    assert len(found) == 28
    assert {name: round(value, 2) for name, value in found.items() if value < 4.5} == {}
    page.close()


# The contrast of every kind of text with what lies behind it, marked sentences of all strengths among them.
CONTRAST = """() => {
  const brush = document.createElement('canvas').getContext('2d'), found = {};
  const light = (...colours) => {
    for (const colour of colours) { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); }
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
      const c = part / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    }).reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
  };
  const contrast = (text, behind) => {
    const [one, other] = [light(text), light(...behind)].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  };
  const add = (within, name, kind) => {
    const made = within.appendChild(document.createElement(name));
    made.className = kind;
    return made;
  };
  const style = (element) => getComputedStyle(element);
  const list = add(document.body, 'ol', 'prose'), behind = [style(document.body).backgroundColor, style(list).backgroundColor];
  for (const kind of ['', 'quiet', 'mark escalation', 'mark de-escalation']) {
    found[kind] = contrast(style(add(list, 'b', kind)).color, behind);
  }
  const levels = [1, 2, 3].flatMap((level) => [[level, ''], [level, 'abstained']]);
  const kinds = ['escalation', 'de-escalation'].flatMap((label) => levels.map((level) => [label, ...level]));
  for (const [label, level, abstained] of kinds) {
    const sentence = add(list, 'span', `sentence ${label} level-${level} ${abstained}`);
    const all = [...behind, style(sentence).backgroundColor];
    for (const text of [sentence, add(sentence, 'b', `mark ${label}`)]) {
      const whole = style(sentence).opacity === '1';
      found[`${text.className} in ${sentence.className}`] = whole ? contrast(style(text).color, all) : 0;
    }
  }
  list.remove();
  return found;
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
