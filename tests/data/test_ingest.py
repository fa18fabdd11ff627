import json

import pytest

from escalate.data.ingest import ingest
from escalate.errors import DataError

PAGE = """<html><head><title>Talks resume</title><meta property="article:published_time" content="2019-03-01"></head><body>
<nav><a href="/">Home</a></nav><article><h1>Talks resume</h1>
<p>The two delegations met again in Geneva on Friday after a break of seven weeks, the mediator told reporters.</p>
<p>Neither side would say whether the question of the prisoners had been settled during the long recess.</p>
</article><footer>All rights reserved.</footer></body></html>"""


def test_texts_pages_and_json_lines_become_sentences_of_one_format(tmp_path):
    (tmp_path / "a.txt").write_text("2019-03-01\n\nThe army moved. The river rose.")
    (tmp_path / "b.html").write_text(PAGE)
    (tmp_path / "c.jsonl").write_text(
        json.dumps({"id": "x", "text": "One more came.", "date": "2020-01-02", "title": "T"}) + "\n\n"
    )
    rows, dropped = ingest([tmp_path])
    assert dropped == 0
    assert [row["id"] for row in rows if row["article_id"] != "b"] == ["a/0", "a/1", "x/0"]
    page = [row for row in rows if row["article_id"] == "b"]
    assert any(row["text"].startswith("The two delegations met") for row in page)
    assert not any("rights reserved" in row["text"] for row in page)
    assert {row["date"] for row in rows} == {"2019-03-01", "2020-01-02"}
    assert set(rows[0]) == {"id", "article_id", "position", "date", "title", "text"}


def test_a_syndicated_sentence_is_kept_once(tmp_path):
    sentence = "The two delegations met again in Geneva on Friday after a break of seven weeks."
    (tmp_path / "a.txt").write_text(sentence)
    (tmp_path / "b.txt").write_text(f"{sentence} Nothing else was said.")
    rows, dropped = ingest([tmp_path / "a.txt", tmp_path / "b.txt"])
    assert (dropped, [row["id"] for row in rows]) == (1, ["a/0", "b/1"])


def test_sentences_that_differ_in_one_word_are_both_kept(tmp_path):
    sentence = (
        "The ministry said that the government had {} the proposal of the mediators for a ceasefire on the border at midnight."
    )
    (tmp_path / "a.txt").write_text(" ".join(map(sentence.format, ("accepted", "rejected", "ACCEPTED"))))
    rows, dropped = ingest([tmp_path / "a.txt"])
    assert (dropped, [row["id"] for row in rows]) == (1, ["a/0", "a/1"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", "x", "unknown kind of file"),
        ("a.jsonl", '{"body": "x"}', r"a\.jsonl:1: expected an object with 'text'"),
        ("a.jsonl", '{"text": 3}', "must be a string, not int"),
        ("a.jsonl", '{"text": "x", "date": "May"}', "ISO 'date'"),
        ("a.txt", b"\xff", "not UTF-8 at byte 0"),
        ("a.html", "<html></html>", "no article text found"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=message):
        ingest([tmp_path / name])


def test_doubled_ids_and_empty_folders_are_errors(tmp_path):
    with pytest.raises(DataError, match="no file of a known kind"):
        ingest([tmp_path])
    (tmp_path / "a.txt").write_text("One.")
    with pytest.raises(DataError, match="the same id 'a' as"):
        ingest([tmp_path / "a.txt", tmp_path / "a.txt"])
