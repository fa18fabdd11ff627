"""The tasks read both forms of their files; all sentences here are made up."""

import csv

import pyreadr
import pytest
from pandas import DataFrame

from escalate.benchmarks.sources import obtain
from escalate.benchmarks.task import CONFLICT, COOPERATION, NEITHER
from escalate.benchmarks.tasks import TASKS
from escalate.errors import DataError


def table(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(rows)
    return path


def read(name, path, half="dev"):
    return [(row.text, row.label, row.polarity) for row in TASKS[name].read(path, half)]


def test_cameo_class_has_a_header_or_none(tmp_path):
    rows = [("The port was shelled.", "4"), ('He said "enough".', "0"), ("Grain was sent.", "2")]
    expected = [
        ("The port was shelled.", "escalation", CONFLICT),
        ('He said "enough".', "neutral", NEITHER),
        ("Grain was sent.", "de-escalation", COOPERATION),
    ]
    assert read("cameo_class", table(tmp_path / "a.tsv", ("text", "penta"), *rows)) == expected
    assert read("cameo_class", table(tmp_path / "train.tsv", *rows)) == expected


def test_plv_is_read_by_its_column_names_and_has_no_neutral(tmp_path):
    path = table(
        tmp_path / "a.tsv", ("id", "sentence", "gold_penta"), ("7", "A envoy was praised.", "1"), ("8", "A ban fell.", "3")
    )
    assert read("plv", path) == [("A envoy was praised.", None, COOPERATION), ("A ban fell.", None, CONFLICT)]


def test_un_quad_codes_and_names_mean_the_same(tmp_path):
    named = table(tmp_path / "a.tsv", ("text", "quad"), ("One.", "material_conflict"), ("Two.", "verbal_cooperation"))
    coded = table(tmp_path / "b.tsv", ("en", "QuadClass"), ("One.", "1"), ("Two.", "4"))
    assert read("un_quad", named) == read("un_quad", coded)
    assert [row.polarity for row in TASKS["un_quad"].read(named, "dev")] == [CONFLICT, COOPERATION]


def test_icbe_keeps_rows_of_one_direction_and_reads_the_r_file_alike(tmp_path):
    header = ("crisno", "sentence_number", "text", "do_kind", "do_interact_kind")
    rows = [
        (2, 1, "Troops crossed.", "escalatory", "cooperative"),
        (2, 2, "Troops crossed and left.", "escalatory", "deescalatory"),
        (2, 3, "Nothing coded.", "", ""),
        (4, 1, "The fleet sailed home.", "", "deescalatory;uncooperative"),
    ]
    expected = [("Troops crossed.", None, CONFLICT), ("The fleet sailed home.", None, COOPERATION)]
    assert read("icbe", table(tmp_path / "a.tsv", header, *rows)) == expected
    # Upstream has a row for each event; here the second sentence's codes stand in two of them.
    events = [
        *rows[:1],
        (2, 2, rows[1][2], "escalatory", None),
        (2, 2, rows[1][2], None, "deescalatory"),
        *rows[2:],
        (3, 1, "Odd.", "escalatory", ""),
    ]
    names = ["crisno", "sentence_number_int_aligned", "sentence_span_text", "do_kind", "do_interact_kind"]
    pyreadr.write_rds(str(tmp_path / "a.Rds"), DataFrame(events, columns=names))
    assert read("icbe", tmp_path / "a.Rds") == expected
    assert read("icbe", tmp_path / "a.Rds", "test") == [("Odd.", None, CONFLICT)]


@pytest.mark.parametrize(
    ("task", "rows", "message"),
    [
        ("cameo_class", [("text", "penta"), ("x", "9")], "row 1: class '9' is none of 0, 1, 2, 3, 4"),
        ("cameo_class", [("text", "penta"), ("x",)], "row 1 has 1 fields, expected text, penta"),
        ("plv", [("sentence", "code"), ("x", "1")], "no column 'gold_penta'; there are 'sentence', 'code'"),
        ("plv", [("sentence", "gold_penta"), ("x", "0")], "class '0'"),
        ("un_quad", [("text", "quad"), ("x", "war")], "class 'war'"),
        ("icbe", [("crisno", "text"), ("2", "x")], "no column sentence_number, do_kind, do_interact_kind"),
        ("icbe", [], "empty"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(tmp_path, task, rows, message):
    with pytest.raises(DataError, match=message):
        read(task, table(tmp_path / "a.tsv", *rows))


def test_a_file_that_is_no_r_file_is_an_error(tmp_path):
    (tmp_path / "a.Rds").write_text("no")
    with pytest.raises(DataError, match="not an R file"):
        read("icbe", tmp_path / "a.Rds")


def test_a_given_folder_may_hold_the_half_or_the_upstream_file(tmp_path):
    with pytest.raises(DataError, match=r"neither plv\.dev\.tsv nor PLV_train\.tsv; leave --data out to fetch https://raw"):
        obtain(TASKS["plv"], "dev", tmp_path, tmp_path)
    for name in ("PLV_train.tsv", "plv.dev.tsv"):
        path = table(tmp_path / name, (name,))
        found = obtain(TASKS["plv"], "dev", tmp_path, tmp_path)
        assert (found.path, found.licence) == (path, "none stated")
        assert "Zero-Shot-PLOVER@d2d0b0ad3825e98e1a9a3d6b273789baa0ef2bea" in found.origin


@pytest.mark.parametrize("half", ["dev", "test"])
def test_a_file_that_nothing_divides_into_halves_is_never_taken_for_one(tmp_path, half):
    whole = table(tmp_path / "en_annotations_quad_multiclass.tsv", ("en", "QuadClass"), ("One.", "1"))
    message = rf"{whole.name} holds all rows .* the {half} half; give a folder with un_quad\.{half}\.tsv"
    for data in (tmp_path, None):
        with pytest.raises(DataError, match=message):
            obtain(TASKS["un_quad"], half, data, tmp_path)
    given = table(tmp_path / f"un_quad.{half}.tsv", ("text", "quad"), ("One.", "material_conflict"))
    assert obtain(TASKS["un_quad"], half, tmp_path, tmp_path).path == given


def test_a_missing_file_of_the_project_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="make it with escalate data build"):
        obtain(TASKS["open_text"], "dev", None, tmp_path)
