from escalate.data.keywords import keyword_macro_f1
from escalate.data.schema import Sentence
from escalate.labels import LABELS
from tests.conftest import WORDS

CODES = {"escalation": "E1", "de-escalation": "D1", "neutral": "N1"}


def sentence(number, label, text):
    code = CODES.get(label)
    return Sentence(
        id=f"a/{number}", article_id="a", position=number, date="1956-11-05", conflict="Suez Crisis", kind="border",
        region="World", source_type="wire", text=text, label=label, code=code, annotators={"r1": label, "r2": label},
    )  # fmt: skip


def rows(told):
    labels = [LABELS[number % 3] for number in range(30)]
    return [sentence(number, label, f"{told(label)} near the river on monday.") for number, label in enumerate(labels)]


def test_labels_that_follow_from_a_word_are_found_and_others_are_not():
    with_words, without = rows(lambda label: WORDS[label]), rows(lambda _: "troops")
    assert keyword_macro_f1(with_words, with_words) == 1
    assert keyword_macro_f1(without, without) < 0.5


def test_unclear_rows_do_not_count():
    unclear = sentence(99, "unclear", "alpha or beta, who knows.")
    train = rows(lambda label: WORDS[label])
    assert keyword_macro_f1([*train, unclear], [*train, unclear]) == 1
