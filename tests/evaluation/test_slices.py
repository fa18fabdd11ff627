import numpy as np
import pytest

from escalate.data.labelled import LabelledText
from escalate.evaluation.slices import MIN_ARTICLES, slice_figures, slices_of
from escalate.labels import LABELS

FIELDS = {"region": "Asia", "kind": "border", "source_type": "wire", "code": "E1", "date": "1962-10-20"}


def row(text="Shells fell.", target=0, article="a", **fields):
    return LabelledText(text, target, article, fields)


def test_a_row_lies_in_a_slice_of_each_field_it_has():
    found = slices_of(row(**FIELDS))
    assert {name: found[name] for name in ("region", "conflict kind", "source type", "code", "era")} == {
        "region": "Asia", "conflict kind": "border", "source type": "wire", "code": "E1", "era": "1960s",
    }  # fmt: skip
    assert set(slices_of(row(code=None))) == {"length", "quotation", "negation", "modality"}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ('The envoy said: "Enough."', "quotation", "with"),
        ("He called it ‘a trap’ on Monday.", "quotation", "with"),
        ("The army's guns fell silent; the rebels' did too.", "quotation", "without"),
        ("They won't sign.", "negation", "with"),
        ("Kabul rejected the offer.", "negation", "with"),
        ("Nobel laureates met in Oslo.", "negation", "without"),
        ("The fleet would sail at dawn.", "modality", "with"),
        ("We’ll answer, he said.", "modality", "with"),
        ("Troops crossed the canal.", "modality", "without"),
        ("word " * 10, "length", "up to 10 words"),
        ("word " * 36, "length", "over 35 words"),
    ],
)
def test_the_way_it_is_written_makes_slices(text, name, value):
    assert slices_of(row(text))[name] == value


def test_figures_are_those_of_the_rows_inside_with_an_interval_where_there_are_articles_enough():
    rows = [row(target=number % 3, article=f"a{number // 3}", region="Asia", code="E1") for number in range(30)]
    rows += [row(target=0, article="b", region="Europe", code="E2") for _ in range(4)]
    predicted = np.array([number % 3 for number in range(30)] + [1, 1, 1, 0])
    found = slice_figures(predicted, rows, LABELS, resamples=20)
    asia, europe = found["region"]["Asia"], found["region"]["Europe"]
    assert (asia["rows"], asia["articles"], asia["accuracy"], asia["macro_f1"]) == (30, 10, 1, 1)
    assert asia["intervals"] == {"accuracy": (1, 1), "macro_f1": (1, 1)}
    assert (europe["rows"], europe["accuracy"], europe["macro_f1"]) == (4, 0.25, None)
    assert europe["articles"] < MIN_ARTICLES
    assert europe["intervals"] == {"accuracy": None, "macro_f1": None}


def test_right_labels_have_no_spread_however_rare_one_of_them_is():
    targets = [0, 1] * 9 + [2, 2]
    rows = [row(target=target, article=f"a{number // 2}", region="Asia") for number, target in enumerate(targets)]
    found = slice_figures(np.array(targets), rows, LABELS, resamples=200)["region"]["Asia"]
    assert found["intervals"] == {"accuracy": (1, 1), "macro_f1": (1, 1)}


def test_lengths_stand_from_short_to_long():
    rows = [row("word " * words) for words in (40, 30, 5, 15)]
    found = slice_figures(np.zeros(4, dtype=int), rows, LABELS, resamples=5)
    assert list(found["length"]) == ["up to 10 words", "11 to 20 words", "21 to 35 words", "over 35 words"]
