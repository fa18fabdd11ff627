import json

import pytest

from escalate.data.schema import Article, Sentence, read_articles, read_sentences, write_jsonl
from escalate.errors import DataError

SENTENCE = {
    "id": "suez-1/0",
    "article_id": "suez-1",
    "position": 0,
    "date": "1956-11-05",
    "conflict": "Suez Crisis",
    "kind": "interstate",
    "region": "Middle East",
    "source_type": "wire",
    "text": "Paratroops landed at Port Said.",
    "label": "escalation",
    "code": "E1",
    "annotators": {"r1": "escalation", "r2": "escalation"},
}
ARTICLE = {
    **{key: SENTENCE[key] for key in ("date", "conflict", "kind", "region", "source_type")},
    "id": "suez-1",
    "title": "Landing",
    "text": "Paratroops landed at Port Said.",
}


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_valid_file_reads_back_as_written(tmp_path):
    path = tmp_path / "a.jsonl"
    write_jsonl(path, [Sentence.model_validate(SENTENCE)])
    assert [row.model_dump() for row in read_sentences(path)] == [SENTENCE]
    assert read_articles(write(tmp_path / "b.jsonl", ARTICLE)) == [Article.model_validate(ARTICLE)]
    assert not list(tmp_path.glob(".*"))


def test_an_unclear_row_has_no_code(tmp_path):
    row = {**SENTENCE, "label": "unclear", "code": None}
    assert read_sentences(write(tmp_path / "a.jsonl", row))[0].label == "unclear"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "war"}, "field 'label': .*unknown label 'war'"),
        ({"code": "E9"}, "field 'code': .*unknown code 'E9'"),
        ({"code": "D1"}, "code D1 belongs to de-escalation, but the label is escalation"),
        ({"code": None}, "must be null for an unclear row"),
        ({"date": "5 November"}, "field 'date'"),
        ({"position": -1}, "field 'position'"),
        ({"region": "Atlantis"}, "field 'region'"),
        ({"source_type": "blog"}, "field 'source_type'"),
        ({"text": "two  spaces"}, "field 'text': .*not normalised"),
        ({"annotators": {"r1": "war"}}, "field 'annotators'"),
        ({"surprise": 1}, "field 'surprise'"),
    ],
)
def test_a_field_that_does_not_fit_is_named_with_file_and_line(tmp_path, changes, message):
    path = write(tmp_path / "a.jsonl", SENTENCE, {**SENTENCE, "id": "suez-1/1", **changes})
    with pytest.raises(DataError, match=rf"a\.jsonl:2: .*{message}"):
        read_sentences(path)


def test_a_missing_field_a_broken_line_and_a_doubled_id_are_all_reported(tmp_path):
    short = {key: value for key, value in SENTENCE.items() if key != "text"}
    path = write(tmp_path / "a.jsonl", SENTENCE, {**short, "id": "b"}, SENTENCE)
    path.write_text(path.read_text() + "{\n")
    with pytest.raises(DataError) as caught:
        read_sentences(path)
    message = str(caught.value)
    assert "a.jsonl:2: field 'text': Field required" in message
    assert "a.jsonl:3: field 'id': 'suez-1/0' stands in line 1 already" in message
    assert "a.jsonl:4: " in message


def test_many_problems_are_counted_not_listed(tmp_path):
    path = write(tmp_path / "a.jsonl", *[{**SENTENCE, "id": str(i), "label": "war"} for i in range(30)])
    with pytest.raises(DataError, match=r"\.\.\. and \d+ more"):
        read_sentences(path)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_sentences(tmp_path / "missing.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b"\xff")
    with pytest.raises(DataError, match="not UTF-8 at byte 0"):
        read_sentences(tmp_path / "latin.jsonl")
