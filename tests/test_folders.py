"""Files in folders and behind globs: all of them, or an error."""

import os
from pathlib import Path

import pytest

from escalate.errors import DataError
from escalate.folders import in_folder, is_file, matching


def find(name):
    return matching(name) if "*" in name else in_folder(Path(name))


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a/x.txt", "a/deep/y.txt", "b/x.txt", "z.txt", "a/.hidden/x.txt"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(name)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "far.txt").write_text("far")
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "tree"


def named(found):
    return {str(path): str(within) for path, within in found.items()}


def test_a_folder_gives_its_files_at_any_depth_and_behind_links(tree):
    assert [str(within) for within in in_folder(tree).values()] == [
        "a/deep/y.txt",
        "a/x.txt",
        "b/x.txt",
        "link/far.txt",
        "z.txt",
    ]
    assert [within.name for within in in_folder(tree, hidden=("a", "z", ".")).values()] == ["x.txt", "far.txt"]
    assert [within.name for within in in_folder(tree, wanted=lambda file: file.name == "y.txt").values()] == ["y.txt"]


def test_a_glob_gives_what_it_matches_and_what_lies_in_matched_folders(tree):
    assert named(matching("tree/*")) == {
        "tree/a/deep/y.txt": "a/deep/y.txt",
        "tree/a/x.txt": "a/x.txt",
        "tree/b/x.txt": "b/x.txt",
        "tree/link/far.txt": "link/far.txt",
        "tree/z.txt": "z.txt",
    }
    assert named(matching("tree/a*/*.txt")) == {"tree/a/x.txt": "x.txt"}
    assert matching("tree/*.csv") == {}


def test_a_glob_at_any_depth_gives_what_its_folder_gives(tree):
    (tree / "a" / "round").symlink_to(tree / "a")
    assert matching("tree/**").keys() == {file.relative_to(tree.parent) for file in in_folder(tree)}


@pytest.mark.parametrize("name", ["tree", "tree/*", "tree/**", "tree/b/*"])
def test_a_link_that_leads_nowhere_is_an_error(tree, name):
    (tree / "b" / "gone.txt").symlink_to("nowhere")
    with pytest.raises(DataError, match=r"b/gone\.txt: cannot be read: No such file or directory"):
        find(name)


@pytest.mark.parametrize("pattern", ["tree", "tree/*", "tree/**", "tree/*/x.txt", "tree/**/*.txt", "tree/b/*"])
def test_a_folder_that_must_not_be_read_is_an_error(tree, pattern):
    (tree / "b").chmod(0)
    if os.access(tree / "b", os.R_OK):
        pytest.skip("this user may read everything")
    try:
        with pytest.raises(DataError, match=r"tree/b.*: cannot be read: Permission denied"):
            find(pattern)
    finally:
        (tree / "b").chmod(0o700)


def test_pipes_are_no_files_and_a_name_too_long_is_an_error(tree):
    os.mkfifo(tree / "pipe.txt")
    assert "pipe.txt" not in {file.name for file in in_folder(tree)}
    with pytest.raises(DataError, match="cannot be read: File name too long"):
        is_file(tree / ("x" * 300))
