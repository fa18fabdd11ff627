"""Rows of a user's own labels, from tables with other columns."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.data.labelled import Columns, labels_in
from escalate.errors import ConfigError, DataError
from escalate.training.config import DataConfig, load_config
from escalate.training.data import read_training_data


def table(path, rows, delimiter):
    lines = [
        delimiter.join(("id", "body", "class")),
        *(delimiter.join((str(i), f"text {i}", row)) for i, row in enumerate(rows)),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def config(path, **changes):
    content = {
        "train": [str(path)], "validation": [], "text_column": "body", "label_column": "class", "labels": None,
        "allow_unlisted": True, **changes,
    }  # fmt: skip
    return DataConfig.model_validate(content)


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.tsv", "\t")])
def test_labels_come_from_the_data_in_alphabetical_order(tmp_path, name, delimiter):
    path = table(tmp_path / name, ["war", "aid", "war", "unclear"], delimiter)
    found = read_training_data(config(path), seed=1)
    assert found.labels == ["aid", "war"]
    assert [(row.text, row.target) for row in found.train] == [("text 0", 1), ("text 1", 0), ("text 2", 1)]
    assert found.validation == []


def test_labels_that_differ_by_white_space_alone_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\nx,war\ny,peace\nz,war \n")
    with pytest.raises(DataError, match=r"a\.csv:4: field 'label': 'war ' and 'war' differ only by white space"):
        labels_in([tmp_path / "a.csv"])


def test_codes_in_json_are_labels_too(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "x", "label": 3}\n{"text": "y", "label": "1"}\n')
    assert labels_in([tmp_path / "a.jsonl"]) == ["1", "3"]


def test_a_share_is_set_aside_by_the_seed_and_no_row_is_lost(tmp_path):
    path = table(tmp_path / "a.tsv", ["a", "b"] * 20, "\t")
    first, again = (read_training_data(config(path, validation_share=0.25), seed=1) for _ in range(2))
    assert first == again
    assert (len(first.train), len(first.validation)) == (30, 10)
    assert {row.article for row in [*first.train, *first.validation]} == {f"{path}:{line}" for line in range(2, 42)}
    assert {row.target for row in first.validation} == {0, 1}


@pytest.mark.parametrize("share", [0.05, 0.1, 0.15, 0.35, 0.4, 0.45, 0.5])
def test_the_share_is_met_for_every_label(tmp_path, share):
    path = table(tmp_path / "a.tsv", ["a", "b", "b", "b"] * 100, "\t")
    found = read_training_data(config(path, validation_share=share), seed=1)
    targets = [row.target for row in found.validation]
    assert (targets.count(0), targets.count(1)) == (round(share * 100), round(share * 300))


def test_the_rows_of_an_article_and_of_a_text_are_set_aside_together(tmp_path):
    rows = [{"body": f"Text {i % 100}", "class": "ab"[i % 2], "article_id": f"article {i // 2}"} for i in range(200)]
    # The same text but for case and spacing.
    rows[150]["body"] = " text  50"
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read_training_data(config(tmp_path / "a.jsonl", validation_share=0.25), seed=1)
    assert (len(found.train), len(found.validation)) == (152, 48)
    for name in (lambda row: row.article, lambda row: " ".join(row.text.casefold().split())):
        assert not {name(row) for row in found.train} & {name(row) for row in found.validation}


@given(
    rows=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=90),
    share=st.floats(0.01, 0.5),
    seed=st.integers(0, 9),
)
def test_rows_are_split_apart_or_refused(tmp_path_factory, rows, share, seed):
    path = tmp_path_factory.mktemp("rows") / "a.jsonl"
    lines = [json.dumps({"body": f"{text}", "class": label, "article_id": article}) for label, article, text in rows]
    path.write_text("\n".join(lines))
    try:
        found = read_training_data(config(path, labels=["a", "b", "c"], validation_share=share), seed=seed)
    except DataError:
        return
    assert sorted(row.text for row in [*found.train, *found.validation]) == sorted(str(text) for _, _, text in rows)
    assert found.train
    assert found.validation
    assert not {row.text for row in found.train} & {row.text for row in found.validation}
    assert not {row.article for row in found.train} & {row.article for row in found.validation}


def test_a_label_that_only_one_side_has_is_logged(tmp_path, caplog):
    path = table(tmp_path / "a.tsv", ["a", "b"] * 20 + ["rare"], "\t")
    with caplog.at_level(logging.WARNING):
        read_training_data(config(path, validation_share=0.25), seed=1)
    assert caplog.messages == ["no validation row is labelled rare; give rows of every label"]


def test_validation_rows_that_stand_in_the_training_files_are_counted(tmp_path, caplog):
    train, validation = table(tmp_path / "a.tsv", ["a", "b"] * 3, "\t"), tmp_path / "b.tsv"
    validation.write_text("body\tclass\nTEXT 1\ta\ntext 5\tb\nanother\tb\n")
    with caplog.at_level(logging.WARNING):
        read_training_data(config(train, validation=[str(validation)]), seed=1)
    assert len(caplog.messages) == 1
    assert "2 of 3 validation rows have the text of a training row" in caplog.messages[0]


def test_a_sample_is_drawn_by_the_seed_from_what_is_not_set_aside(tmp_path):
    path = table(tmp_path / "a.tsv", ["a", "b"] * 20, "\t")
    whole = read_training_data(config(path, validation_share=0.25), seed=1)
    found, other = (read_training_data(config(path, validation_share=0.25, sample=12), seed=seed) for seed in (1, 2))
    assert found.validation == whole.validation
    assert len({row.article for row in found.train}) == len(other.train) == 12
    assert all(row in whole.train for row in found.train)
    assert found.train != other.train
    with pytest.raises(DataError, match="40 of 40 training rows are no sample"):
        read_training_data(config(path, sample=40), seed=1)


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        (["a", "a"], {}, "training needs two or more"),
        (["a", "b"], {"text_column": "text"}, "no column 'text'; there are 'id', 'body', 'class'"),
        (["a", "b\textra"], {}, "4 fields, the header has 3"),
        (["a", " "], {}, "expected a label"),
        (["a", "b"], {"labels": ["a", "c"]}, "'b' is none of a, c"),
        (
            ["a", "b"],
            {"validation_share": 0.1},
            r"data\.validation_share: 2 rows in 2 groups .* too few to set 0\.1 of them aside",
        ),
        (["a", "b", "c"] * 5, {"validation_share": 0.1}, "15 rows in 15 groups .* give more rows or another share"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, rows, changes, message):
    with pytest.raises(DataError, match=message):
        read_training_data(config(table(tmp_path / "a.tsv", rows, "\t"), **changes), seed=1)


def test_labels_read_from_an_unknown_column_are_an_error(tmp_path):
    with pytest.raises(DataError, match="no column 'kind'"):
        labels_in([table(tmp_path / "a.csv", ["a"], ",")], Columns("body", "kind"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("data: {validation_share: 0.1}\n", "would do nothing beside validation files"),
        ("data: {labels: [a, a]}\n", "a label is given twice"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path, content, message):
    (tmp_path / "c.yaml").write_text(content)
    with pytest.raises(ConfigError, match=message):
        load_config(tmp_path / "c.yaml")
