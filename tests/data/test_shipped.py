"""The data in the repository are the released ones and hang together; `escalate data check` looks deeper."""

import json
from pathlib import Path

import datasets
import pytest

from escalate.bundle import sha256_of
from escalate.data.annotations import read_annotations
from escalate.data.contrast import PHENOMENA, read_groups
from escalate.data.schema import SPLITS, read_sentences
from escalate.labels import LABELS, UNCLEAR

DATA = Path(__file__).parent.parent.parent / "data"
FILES = json.loads((DATA / "manifest.json").read_text())["files"]


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_is_the_listed_one(name):
    path = DATA / name
    if not path.exists() and "open_text_" in name:
        pytest.skip("built from fetched sources by `escalate data build`")
    assert sha256_of(path) == FILES[name]["sha256"]


def test_the_committed_files_are_all_listed():
    assert {f"sentences/{split}.jsonl" for split in SPLITS} <= set(FILES)
    assert {"articles.jsonl", "annotations/written.jsonl", "open_text/labels.jsonl"} <= set(FILES)


def test_the_sentences_load_with_datasets_and_have_known_labels():
    files = {split: str(DATA / "sentences" / f"{split}.jsonl") for split in SPLITS}
    loaded = datasets.load_dataset("json", data_files=files)
    for split in SPLITS:
        assert loaded[split].num_rows == FILES[f"sentences/{split}.jsonl"]["rows"]
        assert set(loaded[split]["label"]) <= {*LABELS, UNCLEAR}


def test_no_conflict_is_in_two_splits_and_every_label_is_the_annotators():
    annotations = read_annotations(DATA / "annotations" / "written.jsonl")
    split_of: dict[str, str] = {}
    for split in SPLITS:
        for row in read_sentences(DATA / "sentences" / f"{split}.jsonl"):
            assert split_of.setdefault(row.conflict, split) == split
            assert (annotations[row.id].label, annotations[row.id].all_labels) == (row.label, row.annotators)


def test_the_open_text_holds_labels_and_no_text():
    rows = [json.loads(line) for line in (DATA / "open_text" / "labels.jsonl").read_text().splitlines()]
    assert set(rows[0]) == {"source", "document", "hash", "label", "code", "annotators", "split"}
    by_document: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        by_document.setdefault((row["source"], row["document"]), set()).add(row["split"])
    assert all(len(splits) == 1 for splits in by_document.values())


def test_the_contrast_sets_read_and_cover_every_phenomenon():
    groups = read_groups(DATA / "contrast.jsonl")
    assert {group.phenomenon for group in groups} == set(PHENOMENA)
    for group in groups:
        if group.phenomenon in ("actor swap", "active and passive"):
            assert len({sentence.label for sentence in group.sentences}) == 1, group.id
