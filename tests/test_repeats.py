import pytest

from escalate.articles.article import Article
from escalate.parts import parts_of
from escalate.repeats import repeats

BODY = (
    "The fighting of the last three weeks has driven some forty thousand people from their homes, the Red Cross said. Both "
    "governments had sent envoys to Tbilisi, where mediators of the European Union laid a draft before them. Monitors were to "
    "be stationed at eleven crossings along the river, and prisoners were to be exchanged within a fortnight. Rain fell."
)
LEAD = "Armenia and Azerbaijan agreed on Sunday to a ceasefire along their whole border."
OVER = "Azerbaijan bombed Armenian positions on Tuesday and declared the ceasefire over."


def label_of(text):
    return "escalation" if "bombed" in text or "rejected" in text else "de-escalation" if "agree" in text else "neutral"


def found(*articles):
    given = [Article(str(row), text, title, date=f"2024-04-1{row}") for row, (title, text) in enumerate(articles)]
    parts = [part for row, article in enumerate(given) for part in parts_of(row, article)]
    labels = [label_of(part.text) for part in parts]
    return repeats(given, [article.date for article in given], [""] * len(given), parts, labels)


@pytest.mark.parametrize(
    ("first", "second", "copies"),
    [
        (("Truce agreed", f"{LEAD} {BODY}"), ("Truce agreed", f"{LEAD} {BODY}"), True),
        (("", f"{LEAD} {BODY}"), ("", f"{LEAD} {BODY}".removesuffix(" Rain fell.")), True),
        (("", f"{LEAD} {BODY}"), ("", f"{LEAD} {BODY} Reporting by the staff of the Beta Post in Yerevan."), True),
        (("", f"{LEAD} {BODY}"), ("", f"{LEAD} {BODY} A market was bombed."), False),
        (("", f"{LEAD} {BODY}"), ("", f"Snow fell. {LEAD} {BODY}"), False),
        (("", f"{LEAD} {BODY}"), ("", f"{OVER} {BODY}"), False),
        (("", f"{LEAD} {BODY}"), ("", f"{LEAD.replace('agreed', 'bombed')} {BODY}"), False),
        (("Truce agreed", f"{LEAD} {BODY}"), ("Armies agree to halt", f"{LEAD} {BODY}"), True),
        (("Truce agreed", f"{LEAD} {BODY}"), ("News from the Caucasus", f"{LEAD} {BODY}"), True),
        (("", f"{LEAD} {BODY}"), ("Armies agree to halt", f"{LEAD} {BODY}"), True),
        (("Truce agreed", f"{LEAD} {BODY}"), ("Truce rejected", f"{LEAD} {BODY}"), False),
    ],
    ids=[
        "the same",
        "cut",
        "line of a paper",
        "new signal",
        "new neutral lead",
        "new lead",
        "one word turned",
        "headline",
        "neutral headline",
        "headline alone",
        "turned",
    ],
)
def test_an_article_is_a_copy_if_it_says_nothing_new(first, second, copies):
    assert found(first, second).articles == [0, 0 if copies else 1]


def test_a_copy_of_a_new_version_is_its_copy_and_not_one_of_the_first():
    both = f"{LEAD} {BODY}", f"{OVER} {BODY}"
    assert found(*(("", text) for text in both * 2)).articles == [0, 1, 0, 1]


def test_sentences_of_copies_count_for_those_that_they_copy_and_short_ones_too():
    same = found(*[("Truce agreed", f"{LEAD} {BODY}")] * 3)
    assert same.copies == dict.fromkeys(range(6), 2)
    turned = found(("", f"{LEAD} {BODY}"), ("", f"{OVER} {BODY}"), ("", f"{OVER} {BODY}"))
    parts = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 1, 7: 2, 8: 3, 9: 9}
    assert (turned.parts, turned.copies) == (parts, {1: 2, 2: 2, 3: 2, 5: 1, 9: 1})


def test_a_sentence_that_says_the_opposite_in_nearly_the_same_words_is_no_copy():
    sentence = (
        "The ministry said on Monday that the government had {} the proposal of the mediators for a ceasefire at midnight."
    )
    said = [
        f"{sentence.format(word)} {' '.join(f'Word{n} number{i}' for i in range(9))}."
        for n, word in enumerate(("rejected", "accepted", "rejected"))
    ]
    assert found(*(("", text) for text in said)).parts == {0: 0, 1: 1, 2: 2, 3: 3, 4: 0, 5: 5}
