import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.articles.pages import feed

ENTRY = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Wire</title><item><title>Truce</title><description>
<![CDATA[{}]]></description></item></channel></rss>"""


def text_of(markup):
    (article,) = feed(ENTRY.format(markup).encode(), "wire", "wire.rss")
    return article.text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Plain words.", "Plain words."),
        (
            "Rebels shelled it. <p>Talks failed.</p> The army withdrew.",
            "Rebels shelled it.|Talks failed.|The army withdrew.",
        ),
        ("<div>Rebels shelled the capital.</div><p>Photo: AFP</p>", "Rebels shelled the capital.|Photo: AFP"),
        ("<blockquote>We will answer.</blockquote><h4>Talks</h4>", "We will answer.|Talks"),
        ("<ul><li><p>One event.</p></li></ul>", "One event."),
        ("Line one.<br>Line two.", "Line one.|Line two."),
        ("<p>Both <b>ar</b>mies\n stopped.</p>", "Both armies stopped."),
        ("<table><tr><td>Dead</td><td>9</td></tr></table>", "Dead|9"),
        ("", ""),
    ],
)
def test_the_text_of_an_entry_is_whole_and_in_paragraphs(markup, text):
    assert text_of(markup).split("\n\n") == text.split("|")


WORDS = st.sampled_from(["w{}", "<p>w{}</p>", "<b>w{}</b>", "<li><p>w{}</p></li>", "<div>w{}</div>", "w{}<br>", "<!-- x -->"])


@settings(deadline=None)
@given(st.lists(WORDS, max_size=12))
def test_every_word_is_there_once_and_in_order(pieces):
    markup = " ".join(piece.format(number) for number, piece in enumerate(pieces))
    words = [f"w{number}" for number, piece in enumerate(pieces) if "{}" in piece]
    assert text_of(markup).split() == words


def test_a_headline_is_one_line():
    (article,) = feed(ENTRY.replace("Truce", "&lt;p&gt;Truce&lt;br&gt;now&lt;/p&gt;").format("x").encode(), "wire", "wire.rss")
    assert article.title == "Truce now"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Fri, 12 Apr 2024 23:30:00 -0500", "2024-04-12"),
        ("Sat, 13 Apr 2024 00:30 +0900", "2024-04-13"),
        ("12 Apr 24 23:30 EST", "2024-04-12"),
        ("2024-04-12T23:30:00-05:00", "2024-04-12"),
        ("2024-04-12", "2024-04-12"),
        ("20240412T233000Z", "2024-04-12"),
        ("2024", None),
        ("2024-04", None),
        ("04/05/2024", None),
        ("", None),
    ],
)
def test_the_day_of_an_entry_is_the_one_that_is_written(written, day):
    content = (
        f"<rss version='2.0'><channel><item><description>x</description><pubDate>{written}</pubDate></item></channel></rss>"
    )
    assert next(feed(content.encode(), "f", "f.xml")).date == day


def test_two_entries_of_a_day_are_told_apart_by_their_time():
    content = ENTRY.format("x").replace("</title>", "</title><pubDate>Fri, 12 Apr 2024 23:30 EST</pubDate>")
    assert [(article.date, article.time) for article in feed(content.encode(), "f", "f.xml")] == [
        ("2024-04-12", "23:30:00-05:00")
    ]
