import time

import pytest

from escalate.articles.article import Article
from escalate.parts import parts_of

TEXT = "2024-01-01\n\nThe museum reopens in spring. It rained."


@pytest.mark.parametrize(
    ("title", "headline", "places"),
    [
        ("Open again", True, ["headline", "lead", "body"]),
        ("Open again", False, ["lead", "body"]),
        ("", True, ["lead", "body"]),
        ("\u200b", True, ["lead", "body"]),
        ("…", True, ["lead", "body"]),
        ("THE MUSEUM reopens in spring", True, ["headline", "lead"]),
    ],
)
def test_an_article_is_cut_into_a_headline_with_words_and_the_sentences_below_it(title, headline, places):
    article = Article("a", TEXT, title)
    found = parts_of(7, article, headline)
    assert [part.place for part in found] == places
    whole = f"{TEXT}\n\n{title}"
    assert all(part.row == 7 and whole[part.start : part.end] == part.text for part in found)


def test_a_long_headline_takes_no_square_of_time():
    def seconds(size):
        article = Article("a", "Rebels fired. " * size, "Rebels fired " * (size - 1))
        began = time.process_time()
        assert len(parts_of(0, article)) == 2
        return time.process_time() - began

    seconds(10)
    assert seconds(8000) < 12 * seconds(2000)
