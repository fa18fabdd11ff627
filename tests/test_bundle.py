import json
import os
import resource
import shutil
from pathlib import Path

import pytest

from escalate.bundle import LAYOUT, SHIPPED, Manifest, is_bundle, load, save, sha256_of, shipped
from escalate.errors import BundleError, DataError
from escalate.labels import CODEBOOK_VERSION, LABELS
from tests.conftest import ROOT

MANIFEST = Manifest(name="new", labels=LABELS, prior=(0.2, 0.2, 0.6), max_tokens=32, temperature=1.0)


@pytest.fixture
def copy(tiny_bundle, tmp_path):
    return shutil.copytree(tiny_bundle, tmp_path / "bundle")


@pytest.fixture
def files(tiny_bundle):
    return {name: tiny_bundle / name for name in (LAYOUT.model, LAYOUT.tokenizer)}


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


def test_a_name_of_the_package_means_the_package_and_a_path_the_path(copy, tmp_path, monkeypatch):
    copy.rename(tmp_path / "small")
    monkeypatch.chdir(tmp_path)
    assert load().path == load("small").path == SHIPPED / "small"
    for path in ("./small", Path("small"), tmp_path / "small"):
        assert load(path).manifest.name == "tiny-test"
    (tmp_path / "small").rename(tmp_path / "mine")
    assert load("mine").manifest.name == "tiny-test"


def test_an_unknown_name_lists_what_was_tried_and_what_there_is():
    with pytest.raises(BundleError, match=r"no-such-bundle.*bundles in the package: small"):
        load("no-such-bundle")


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "an empty name stands for no bundle"), ("x" * 300, "the bundle cannot be read: File name too long")],
)
def test_a_name_that_cannot_be_one_is_refused(name, message):
    with pytest.raises(BundleError, match=message):
        load(name)


@pytest.mark.parametrize("name", [LAYOUT.manifest, LAYOUT.model, "."])
def test_what_must_not_be_read_is_named(copy, name):
    (copy / name).chmod(0)
    if os.access(copy / name, os.R_OK):
        pytest.skip("this user may read everything")
    try:
        with pytest.raises(BundleError, match="the bundle cannot be read: Permission denied"):
            load(copy)
    finally:
        (copy / name).chmod(0o700)


def test_a_changed_file_is_refused(copy):
    with (copy / LAYOUT.model).open("ab") as file:
        file.write(b"x")
    with pytest.raises(BundleError, match=r"model\.onnx: SHA-256 differs"):
        load(copy)


def test_a_missing_file_is_refused(copy):
    (copy / LAYOUT.tokenizer).unlink()
    with pytest.raises(BundleError, match=r"tokenizer\.json is listed in the manifest but missing"):
        load(copy)


@pytest.mark.parametrize("temperature", ["1.5", float("nan"), float("inf"), None])
def test_a_temperature_that_is_no_finite_number_is_refused(copy, temperature):
    change_manifest(copy, temperature=temperature)
    with pytest.raises(BundleError, match=r"manifest\.json: .* no finite number"):
        load(copy)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 99}, {"surprise": 1}, {"name": 3},
        {"temperature": 0}, {"max_tokens": "256"}, {"max_tokens": 0}, {"max_tokens": 2.5},
        {"prior": [1.0]}, {"prior": ["a", "b", "c"]}, {"prior": None}, {"bias": [1.0]}, {"bias": [float("nan")] * 3},
        {"labels": [1, 2, 3]}, {"labels": [], "prior": [], "bias": []},
        {"files": {}}, {"files": []}, {"files": None}, {"files": {LAYOUT.model: 3, LAYOUT.tokenizer: 4}}, {"provenance": None},
        {"files": {LAYOUT.model: "", LAYOUT.tokenizer: "", "../manifest.json": ""}},
    ],
)  # fmt: skip
def test_a_manifest_that_cannot_be_right_is_refused(copy, changes):
    change_manifest(copy, **changes)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        load(copy)


def test_a_manifest_from_before_the_bias_has_none(copy):
    content = json.loads((copy / LAYOUT.manifest).read_text())
    del content["bias"]
    (copy / LAYOUT.manifest).write_text(json.dumps(content))
    assert load(copy).manifest.bias == ()


@pytest.mark.parametrize("content", ["{", "null", "[]", "[" * 100_000])
def test_a_manifest_that_is_no_json_is_refused(copy, content):
    (copy / LAYOUT.manifest).write_text(content)
    with pytest.raises(BundleError, match="not a bundle manifest"):
        load(copy)


def test_saving_replaces_a_bundle_as_a_whole_but_nothing_else(files, copy, tmp_path):
    assert save(MANIFEST, files, copy.with_name("fresh")).manifest.name == "new"
    assert save(MANIFEST, files, copy).manifest.name == "new"
    assert not (copy / LAYOUT.card).exists()
    with pytest.raises(BundleError, match=r"a bundle needs tokenizer\.json"):
        save(MANIFEST, {LAYOUT.model: files[LAYOUT.model]}, tmp_path / "other")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"notes.txt": "keep"}, "is no bundle; choose another place"),
        ({LAYOUT.manifest: '{"sentences/train.jsonl": "a hash"}', "train.jsonl": "keep"}, "is no bundle"),
        ({LAYOUT.manifest: "no JSON"}, "is no bundle"),
    ],
)
def test_a_folder_that_is_no_bundle_is_never_replaced(files, tmp_path, names, message):
    (tmp_path / "mine").mkdir()
    for name, content in names.items():
        (tmp_path / "mine" / name).write_text(content)
    with pytest.raises(BundleError, match=message):
        save(MANIFEST, files, tmp_path / "mine")
    assert {inner.name: inner.read_text() for inner in (tmp_path / "mine").iterdir()} == names


def test_the_projects_own_data_is_never_replaced(files, tmp_path):
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "data" / "manifest.json", tmp_path / "data")
    with pytest.raises(BundleError, match="is no bundle"):
        save(MANIFEST, files, tmp_path / "data")


def test_a_bundle_with_other_things_beside_it_is_not_replaced(files, copy):
    (copy / "notes.txt").write_text("keep")
    with pytest.raises(BundleError, match=r"holds more than a bundle \(notes\.txt\); choose another place"):
        save(MANIFEST, files, copy)
    assert (copy / "notes.txt").read_text() == "keep"
    assert load(copy).manifest.name == "tiny-test"


def test_a_file_at_the_place_of_a_bundle_is_refused(files, tmp_path):
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(BundleError, match="is no bundle"):
        save(MANIFEST, files, tmp_path / "mine")


def test_an_empty_folder_and_a_link_to_a_bundle_are_filled(files, copy, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(copy)
    for place in ("empty", "link"):
        assert save(MANIFEST, files, tmp_path / place).manifest.name == "new"
    assert load(copy).manifest.name == "new"
    assert not list(tmp_path.glob(".*"))


def test_the_old_bundle_stays_until_the_new_one_is_whole(files, copy, tmp_path):
    with pytest.raises(DataError, match=r"bundle cannot be written: .*missing\.md"):
        save(MANIFEST, {**files, LAYOUT.card: tmp_path / "missing.md"}, copy)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # as on a full disk
    try:
        with pytest.raises(DataError, match=r"bundle cannot be written: .*; what stood there stays"):
            save(MANIFEST, files, copy)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert load(copy).manifest.name == "tiny-test"
    assert not list(tmp_path.glob(".*"))


def test_a_name_stands_for_a_bundle_or_it_does_not(tiny_bundle, tmp_path):
    assert is_bundle("small")
    assert is_bundle(str(tiny_bundle))
    assert not is_bundle(str(tmp_path))
    assert not is_bundle("x" * 300)
