"""Rows of a user's own labels, from tables with other columns."""

import pytest

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


def test_codes_in_json_are_labels_too(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "x", "label": 3}\n{"text": "y", "label": "1"}\n')
    assert labels_in([tmp_path / "a.jsonl"]) == ["1", "3"]


def test_a_share_is_set_aside_by_the_seed_and_no_row_is_lost(tmp_path):
    path = table(tmp_path / "a.tsv", ["a", "b"] * 20, "\t")
    first, again = (read_training_data(config(path, validation_share=0.25), seed=1) for _ in range(2))
    assert first == again
    assert (len(first.train), len(first.validation)) == (30, 10)
    assert sorted(row.article for row in [*first.train, *first.validation]) == sorted(set(map(str, range(2, 42))))
    assert {row.target for row in first.validation} == {0, 1}


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
        (["a", "b"], {"validation_share": 0.1}, "2 articles are too few"),
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
