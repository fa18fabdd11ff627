import pytest

from escalate.bundle import sha256_of
from escalate.data.manifest import checked_hash, listed_hash, write_manifest
from escalate.errors import DataError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sentences").mkdir()
    (tmp_path / "sentences" / "train.jsonl").write_text('{"a": 1}\n\n{"a": 2}\n')
    write_manifest(tmp_path, "0.1")
    return tmp_path


def test_a_listed_file_passes_with_its_hash(folder):
    path = folder / "sentences" / "train.jsonl"
    assert checked_hash(path) == sha256_of(path) == listed_hash(path)
    assert '"rows": 2' in (folder / "manifest.json").read_text()


def test_a_changed_file_is_refused_unless_told(folder):
    path = folder / "sentences" / "train.jsonl"
    path.write_text('{"a": 3}\n')
    with pytest.raises(DataError, match="differs from its entry in the data manifest"):
        checked_hash(path)
    assert checked_hash(path, allow_unlisted=True) == sha256_of(path)


def test_an_unlisted_file_is_refused_unless_told(folder):
    path = folder / "sentences" / "mine.jsonl"
    path.write_text("{}\n")
    with pytest.raises(DataError, match="is not listed"):
        checked_hash(path)
    assert checked_hash(path, allow_unlisted=True)


FOREIGN = ["[]", "3", "nonsense", '{"files": ["a.js"]}', '{"files": {"a.js": "0f"}}', '{"short_name": "App"}', ""]


@pytest.mark.parametrize("content", FOREIGN)
def test_a_manifest_of_another_kind_counts_as_none(folder, content):
    path = folder / "sentences" / "train.jsonl"
    (folder / "sentences" / "manifest.json").write_text(content)
    assert checked_hash(path) == listed_hash(path) == sha256_of(path)
    (folder / "manifest.json").write_text(content)
    assert listed_hash(path) is None
    with pytest.raises(DataError, match="is not listed"):
        checked_hash(path)
    assert checked_hash(path, allow_unlisted=True) == sha256_of(path)


def test_a_manifest_that_was_cut_off_is_named_instead_of_a_way_round_it(folder):
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text()[:-9])
    with pytest.raises(DataError, match="is not JSON: write it again") as refused:
        checked_hash(folder / "sentences" / "train.jsonl")
    assert str(manifest) in str(refused.value)
    assert "allow_unlisted" not in str(refused.value)


def test_a_new_manifest_takes_the_place_of_the_one_before_in_one_step(folder):
    manifest = folder / "manifest.json"
    before = manifest.read_text()
    (folder / "another-name").hardlink_to(manifest)
    write_manifest(folder, "0.2")
    assert (folder / "another-name").read_text() == before != manifest.read_text()


def test_a_missing_file_is_an_error(folder):
    with pytest.raises(DataError, match="no such file"):
        checked_hash(folder / "missing.jsonl", allow_unlisted=True)
