import csv

import pytest

from escalate.data.labelled import Columns, read_labelled
from escalate.data.tables import read_table
from escalate.errors import DataError
from escalate.labels import LABELS


def write(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def test_texts_come_with_the_index_of_their_label_and_their_article(tmp_path):
    first = '{"text": "x", "label": "neutral", "article_id": "n", "region": "Asia"}'
    path = write(tmp_path / "a.jsonl", first + '\n\n{"text": "y", "label": "escalation"}\n')
    rows, unclear = read_labelled(path, LABELS)
    assert [(row.text, row.target, row.article) for row in rows] == [("x", 2, "n"), ("y", 0, f"{path}:3")]
    assert ([dict(row.fields) for row in rows], unclear) == ([{"region": "Asia"}, {}], 0)


def test_a_row_whose_article_is_left_empty_is_an_article_of_its_own(tmp_path):
    named = ["null", "NaN", '""', '" "', "0", '"3"']
    lines = [f'{{"text": "x", "label": "neutral", "article_id": {name}}}' for name in named]
    path = write(tmp_path / "a.jsonl", "\n".join(lines))
    own = [f"{path}:{number}" for number in range(1, 5)]
    assert [row.article for row in read_labelled(path, LABELS)[0]] == [*own, "0", "3"]
    table = write(tmp_path / "a.csv", "text,label,article_id\nx,neutral,\ny,neutral,a\nz,neutral, \n")
    assert [row.article for row in read_labelled(table, LABELS)[0]] == [f"{table}:2", "a", f"{table}:4"]


def test_lines_of_different_files_are_different_articles(tmp_path):
    paths = [write(tmp_path / name, '{"text": "x", "label": "neutral"}\n') for name in ("a.jsonl", "b.jsonl")]
    assert len({read_labelled(path, LABELS)[0][0].article for path in paths}) == 2


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("text,label,label", "the header has 'label' more than once; rename the columns"),
        ('"text,label\nhi,a', "the header is not readable"),
        ("", "no column 'text'; there are none"),
    ],
)
def test_a_header_that_does_not_say_which_column_is_which_is_refused(tmp_path, header, message):
    path = write(tmp_path / "a.csv", f"{header}\n" if header else "")
    with pytest.raises(DataError, match=rf"a\.csv: {message}"):
        read_labelled(path, LABELS)


@pytest.mark.parametrize("before", ["", "sep=;\r\n"])
def test_a_table_with_semicolons_is_read_and_its_lines_are_named(tmp_path, before):
    path = write(tmp_path / "a.csv", f"{before}id;label;text\r\n1;neutral;x, y\r\n")
    (row,), _ = read_labelled(path, LABELS)
    assert (row.text, row.article) == ("x, y", f"{path}:{3 if before else 2}")
    with pytest.raises(DataError, match=r"no column 'kind'; there are 'id', 'label', 'text' \(separated by ';'\)"):
        read_labelled(path, LABELS, Columns(label="kind"))


def test_long_fields_are_read_where_a_c_long_has_32_bits(tmp_path):
    text = "word " * 100_000
    assert read_labelled(write(tmp_path / "a.csv", f"text,label\n{text},neutral\n"), LABELS)[0][0].text == text
    assert csv.field_size_limit() < 1 << 31
    csv.field_size_limit(1000)
    assert read_table(write(tmp_path / "a.tsv", f"text\n{text}\n")) == [{"text": text}]
    assert csv.field_size_limit() < 1 << 31


def test_unclear_is_left_out_unless_it_is_a_label(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"text": "x", "label": "unclear"}\n{"text": "y", "label": "neutral"}\n')
    assert [len(read_labelled(path, LABELS)[0]), read_labelled(path, LABELS)[1]] == [1, 1]
    assert len(read_labelled(path, [*LABELS, "unclear"])[0]) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nonsense\n", r"a\.jsonl:1: expected a JSON object"),
        ('{"label": "neutral"}\n', r"a\.jsonl:1: .*'text'"),
        ('{"text": "x", "label": "neutral"}\n{"text": " ", "label": "neutral"}\n', r"a\.jsonl:2: field 'text'"),
        ('{"text": "x", "label": "war"}\n', r"a\.jsonl:1: field 'label': 'war' is none of escalation, de-escalation, neutral"),
        ("\n", r"a\.jsonl: no labelled rows"),
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        read_labelled(write(tmp_path / "a.jsonl", content), LABELS)


def test_a_missing_file_and_one_in_another_encoding_are_errors(tmp_path):
    with pytest.raises(DataError, match=r"missing\.jsonl: cannot be read"):
        read_labelled(tmp_path / "missing.jsonl", LABELS)
    (tmp_path / "latin.jsonl").write_bytes(b"\xff")
    with pytest.raises(DataError, match="not UTF-8 at byte 0"):
        read_labelled(tmp_path / "latin.jsonl", LABELS)
