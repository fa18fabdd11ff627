"""From articles, sources and annotations to the files that training reads."""

import hashlib
import json

import pytest

from escalate.data.build import (
    build_open_text,
    build_written,
    conflict_of,
    open_sentences,
    read_source_files,
    split_article,
)
from escalate.data.schema import Article, read_sentences
from escalate.errors import DataError
from escalate.text import sentence_hash

TEXT = "Paratroops landed at dawn. The harbour was quiet.\n\nTalks resumed."
CODES = ["E1", "N2", "D3"]


def article(number, conflict="Suez Crisis", kind="interstate"):
    return {
        "id": f"article-{number}", "title": "T", "date": "1956-11-05", "conflict": conflict, "kind": kind,
        "region": "Middle East", "source_type": "wire", "text": TEXT,
    }  # fmt: skip


def write_jsonl(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_dataset(folder):
    articles = [article(1), article(2, "Cod Wars", "border"), article(3, "none", "none")]
    annotations = [
        {"id": f"{row['id']}/{i}", "hash": sentence_hash(text), "votes": {"r1": CODES[i], "r2": CODES[i]}}
        for row in articles
        for i, text in enumerate(split_article(Article.model_validate(row)))
    ]
    write_jsonl(folder / "articles.jsonl", articles)
    write_jsonl(folder / "annotations" / "written.jsonl", annotations)
    splits = {"Suez Crisis": "train", "Cod Wars": "validation", "none: article-3": "test"}
    (folder / "splits.json").write_text(json.dumps(splits))


@pytest.fixture
def folder(tmp_path):
    write_dataset(tmp_path)
    return tmp_path


def test_articles_become_labelled_sentences_split_by_conflict(folder):
    assert build_written(folder) == {"train": 3, "validation": 3, "test": 3}
    rows = read_sentences(folder / "sentences" / "train.jsonl")
    assert [(row.id, row.label, row.code) for row in rows] == [
        ("article-1/0", "escalation", "E1"),
        ("article-1/1", "neutral", "N2"),
        ("article-1/2", "de-escalation", "D3"),
    ]
    assert read_sentences(folder / "sentences" / "test.jsonl")[0].conflict == "none: article-3"


def test_an_article_without_a_conflict_is_its_own_unit():
    assert conflict_of(Article.model_validate(article(3, "none", "none"))) == "none: article-3"
    assert conflict_of(Article.model_validate(article(4, "several", "coup"))) == "several: article-4"
    assert conflict_of(Article.model_validate(article(3, "Suez Crisis", "none"))) == "Suez Crisis"


def test_the_number_of_an_item_is_no_part_of_its_sentence():
    text = "26. The ceasefire held.\n\n27. In 1991 the Mission had 240 observers."
    row = Article.model_validate({**article(5), "text": text})
    assert split_article(row) == ["The ceasefire held.", "In 1991 the Mission had 240 observers."]


def change_line(path, number, **changes):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[number].update(changes)
    write_jsonl(path, rows)


def test_a_changed_text_loses_its_label_and_nothing_is_written(folder):
    change_line(folder / "articles.jsonl", 0, text=TEXT.replace("dawn", "noon"))
    with pytest.raises(DataError, match="none for article-1/0 with this text: Paratroops landed at noon"):
        build_written(folder)
    assert not (folder / "sentences").exists()


def test_an_annotation_without_a_sentence_and_a_conflict_without_a_split_are_errors(folder):
    change_line(folder / "annotations" / "written.jsonl", 0, id="article-9/0")
    change_line(folder / "articles.jsonl", 1, conflict="Turbot War")
    with pytest.raises(DataError) as caught:
        build_written(folder)
    assert "article-9/0 is no sentence" in str(caught.value)
    assert "no split for conflict 'Turbot War'" in str(caught.value)


@pytest.fixture
def open_folder(tmp_path):
    documents = [
        {"docid": "D1", "doctext": "the army fired.    thank you."},
        {"docid": "D2", "doctext": "thank you. they met."},
    ]
    content = "".join(json.dumps(row) + "\n" for row in documents)
    (tmp_path / "sources" / "muc4").mkdir(parents=True)
    (tmp_path / "sources" / "muc4" / "a.json").write_text(content)
    file = {"source": "muc4", "path": "muc4/a.json", "url": "http://127.0.0.1:9/a.json", "commit": "c", "licence": "free"}
    manifest = {"files": [{**file, "sha256": hashlib.sha256(content.encode()).hexdigest()}]}
    (tmp_path / "open_text").mkdir()
    (tmp_path / "open_text" / "manifest.json").write_text(json.dumps(manifest))
    label = {"source": "muc4", "annotators": {}, "label": "escalation", "code": "E1", "split": "train"}
    polite = {**label, "label": "neutral", "code": "N3", "split": "test"}
    write_jsonl(
        tmp_path / "open_text" / "labels.jsonl",
        [
            {**label, "document": "D1", "hash": sentence_hash("the army fired.")},
            {**polite, "document": "D2", "hash": sentence_hash("thank you.")},
        ],
    )
    return tmp_path


def test_labels_join_their_sentences_and_the_rest_is_the_pool(open_folder):
    counts = build_open_text(open_folder, open_folder / "sources")
    assert counts == {"train": 1, "validation": 0, "test": 1, "pool": 1}
    (row,) = [json.loads(line) for line in (open_folder / "sentences" / "open_text_test.jsonl").read_text().splitlines()]
    # "thank you." also stands in D1, where nobody labelled it.
    assert (row["article_id"], row["text"], row["label"]) == ("muc4/D2", "thank you.", "neutral")


def test_a_label_that_finds_no_sentence_is_an_error(open_folder):
    change_line(open_folder / "open_text" / "labels.jsonl", 0, hash="0" * 16)
    with pytest.raises(DataError, match=r"1 labels of open_text/labels\.jsonl found no sentence, such as muc4/D1"):
        build_open_text(open_folder, open_folder / "sources")
    assert not (open_folder / "sentences").exists()


def test_a_changed_or_missing_source_file_is_an_error_with_its_address(open_folder):
    files = read_source_files(open_folder / "open_text" / "manifest.json")
    path = open_folder / "sources" / "muc4" / "a.json"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(DataError, match=r"a\.json: SHA-256 differs .*http://127"):
        list(open_sentences(files, open_folder / "sources"))
    path.unlink()
    with pytest.raises(DataError, match=r"a\.json: missing; fetch it from"):
        list(open_sentences(files, open_folder / "sources"))


def test_a_list_of_source_files_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no readable list"):
        read_source_files(tmp_path / "missing.json")
