import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from escalate.errors import DataError
from escalate.reading import read_lines, read_texts

TEXTS = ['He said "no".', "Second, with comma", "Third\u2028one"]


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'id,text\n1,"He said ""no""."\n2,"Second, with comma"\n\n3,Third\u2028one\n'),
        ("a.csv", '\ufeffid;text\r\n1;"He said ""no""."\r\n2;Second, with comma\r\n3;Third\u2028one\r\n'),
        ("a.csv", 'sep=;\r\ntext;id\r\n"He said ""no"".";1\r\nSecond, with comma;2\r\nThird\u2028one;3\r\n'),
        ("a.csv", 'id\ttext\n1\t"He said ""no""."\n2\tSecond, with comma\n3\tThird\u2028one\n'),
        ("a.tsv", 'id\ttext\n1\t"He said ""no""."\n2\tSecond, with comma\n3\tThird\u2028one\n'),
        ("a.jsonl", '{"text": "He said \\"no\\"."}\n\n{"text": "Second, with comma"}\n{"text": "Third\u2028one"}\n'),
        ("a.TXT", '\ufeffHe said "no".\nSecond, with comma\nThird\u2028one\n'),
    ],
)
def test_the_texts_of_every_kind_of_file_are_the_same(tmp_path, name, content):
    assert list(read_texts(write(tmp_path / name, content))) == TEXTS


def test_parquet_is_read_by_column(tmp_path):
    pq.write_table(pa.table({"body": TEXTS * 700}), tmp_path / "a.parquet")
    assert list(read_texts(tmp_path / "a.parquet", "body")) == TEXTS * 700


def test_a_blank_line_of_a_text_file_is_a_text_and_an_empty_file_has_none(tmp_path):
    assert list(read_texts(write(tmp_path / "a.txt", "One\n\nTwo"))) == ["One", "", "Two"]
    for name in ("b.txt", "b.csv", "b.jsonl"):
        assert list(read_texts(write(tmp_path / name, ""))) == []


def test_the_lines_of_a_stream_are_those_of_a_text_file(tmp_path):
    content = "\ufeffOne\r\n\r\nTwo\u2028and\n".encode()
    assert list(read_lines(io.BytesIO(content), "stdin")) == list(read_texts(write(tmp_path / "a.txt", content)))
    with pytest.raises(DataError, match="stdin: row 2 is not UTF-8"):
        list(read_lines(io.BytesIO(b"One\n\xff"), "stdin"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "id,body\n1,x\n", r"no column 'text'; there are 'id', 'body' \(separated by ','\): choose with --column"),
        ("a.csv", "id;body\n1;x\n", r"no column 'text'; there are 'id', 'body' \(separated by ';'\)"),
        ("a.csv", "id|text\n1|x\n", r"no column 'text'; there are 'id\|text' \(separated by ','\)"),
        ("a.csv", 'sep=;\nid;text\n1;"x\n', r"row 1 is no readable row of a table \(lines 3 to 3\)"),
        ("a.csv", "id,text\n1,x\n2\n", r"row 2 has 1 fields, the header 2"),
        ("a.csv", 'id,text\n1,"x\n', r"row 1 is no readable row of a table \(lines 2 to 2\)"),
        ("a.txt", b"good\n\xff\xfe\n", r"not UTF-8"),
        ("a.jsonl", '{"text": "x"}\n{"text": null}\n', r"row 2 holds None \(NoneType\)"),
        ("a.jsonl", '{"text": 3}\n', r"row 1 holds 3 \(int\)"),
        ("a.jsonl", "[1]\n", r"row 1 is list, expected an object"),
        ("a.jsonl", '{"text": "x"}\n{"body": "x"}\n', r"row 2 has no column 'text'; there are 'body'"),
        ("a.jsonl", "{\n", r"row 1 is not JSON"),
        ("a.parquet", "no parquet", r"not a readable Parquet file"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, message):
    with pytest.raises(DataError, match=message):
        list(read_texts(write(tmp_path / name, content)))


def test_a_null_in_parquet_names_its_row_and_a_missing_column_what_there_is(tmp_path):
    pq.write_table(pa.table({"text": ["x", None]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="row 2 holds None"):
        list(read_texts(tmp_path / "a.parquet"))
    with pytest.raises(DataError, match="there are 'text'"):
        list(read_texts(tmp_path / "a.parquet", "body"))


def test_an_unknown_kind_of_file_is_refused_at_once_and_a_missing_one_when_read(tmp_path):
    with pytest.raises(DataError, match=r"unknown kind of file '\.docx'; known are \.txt"):
        read_texts(tmp_path / "a.docx")
    with pytest.raises(DataError, match="cannot be read"):
        list(read_texts(tmp_path / "missing.txt"))
