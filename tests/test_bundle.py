import json
import shutil

import pytest

from escalate.bundle import LAYOUT, SHIPPED, Manifest, load, save, sha256_of, shipped
from escalate.errors import BundleError
from escalate.labels import CODEBOOK_VERSION, LABELS


@pytest.fixture
def copy(tiny_bundle, tmp_path):
    return shutil.copytree(tiny_bundle, tmp_path / "bundle")


def change_manifest(bundle, **changes):
    path = bundle / LAYOUT.manifest
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_bundle_holds_its_files_with_their_hashes(tiny_bundle):
    bundle = load(tiny_bundle)
    assert set(bundle.manifest.files) == {LAYOUT.model, LAYOUT.tokenizer, LAYOUT.card}
    assert all(sha256_of(tiny_bundle / name) == value for name, value in bundle.manifest.files.items())
    assert bundle.manifest.labels == LABELS
    assert bundle.manifest.codebook["version"] == CODEBOOK_VERSION


@pytest.mark.parametrize(("name", "limit"), [("small", 25_000_000), ("tiny", 15_000_000)])
def test_the_shipped_bundles_are_whole_and_small_enough_for_git(name, limit):
    bundle = load(name)
    assert bundle.path == SHIPPED / name
    assert sum(file.stat().st_size for file in bundle.path.iterdir()) < limit


def test_the_default_bundle_is_named_first():
    assert shipped() == ["small", "tiny"]
    assert load() == load("small")


def test_an_unknown_name_lists_what_was_tried_and_what_there_is():
    with pytest.raises(BundleError, match=r"no-such-bundle.*bundles in the package: small"):
        load("no-such-bundle")


def test_a_changed_file_is_refused(copy):
    with (copy / LAYOUT.model).open("ab") as file:
        file.write(b"x")
    with pytest.raises(BundleError, match=r"model\.onnx: SHA-256 differs"):
        load(copy)


def test_a_missing_file_is_refused(copy):
    (copy / LAYOUT.tokenizer).unlink()
    with pytest.raises(BundleError, match=r"tokenizer\.json is listed in the manifest but missing"):
        load(copy)


@pytest.mark.parametrize(
    "changes", [{"format": 99}, {"prior": [1.0]}, {"temperature": 0}, {"bias": [1.0]}, {"files": {}}, {"surprise": 1}]
)
def test_a_manifest_that_cannot_be_right_is_refused(copy, changes):
    change_manifest(copy, **changes)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        load(copy)


def test_a_manifest_from_before_the_bias_has_none(copy):
    content = json.loads((copy / LAYOUT.manifest).read_text())
    del content["bias"]
    (copy / LAYOUT.manifest).write_text(json.dumps(content))
    assert load(copy).manifest.bias == ()


def test_a_manifest_that_is_no_json_is_refused(copy):
    (copy / LAYOUT.manifest).write_text("{")
    with pytest.raises(BundleError, match="not a bundle manifest"):
        load(copy)


def test_saving_replaces_a_bundle_as_a_whole_but_nothing_else(copy, tmp_path):
    manifest = Manifest(name="new", labels=LABELS, prior=(0.2, 0.2, 0.6), max_tokens=32, temperature=1.0)
    files = {LAYOUT.model: copy / LAYOUT.model, LAYOUT.tokenizer: copy / LAYOUT.tokenizer}
    assert save(manifest, files, copy.with_name("fresh")).manifest.name == "new"
    assert save(manifest, files, copy).manifest.name == "new"
    assert not (copy / LAYOUT.card).exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(BundleError, match="is no bundle"):
        save(manifest, files, tmp_path / "mine")
    with pytest.raises(BundleError, match=r"a bundle needs tokenizer\.json"):
        save(manifest, {LAYOUT.model: files[LAYOUT.model]}, tmp_path / "other")
    assert not list(tmp_path.glob(".*"))
