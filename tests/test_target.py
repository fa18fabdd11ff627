import os

import pytest

from escalate.errors import DataError
from escalate.target import check_targets, whole


def test_a_file_appears_when_it_is_whole(tmp_path):
    with whole(tmp_path / "new" / "a.txt") as partial:
        partial.write_text("one")
        assert not (tmp_path / "new" / "a.txt").exists()
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["a.txt"]
    assert (tmp_path / "new" / "a.txt").read_text() == "one"


def test_if_writing_fails_the_file_stays_as_it_was_and_nothing_lies_about(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(UnicodeEncodeError), whole(tmp_path / "a.txt") as partial:
        partial.write_text("new \ud800", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "folder", tmp_path / "a.txt" / "b.txt"):
        with pytest.raises(DataError, match=f"{place}: cannot be written: .*; choose another place"), whole(place) as partial:
            partial.write_text("new")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.txt", "folder"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_what_cannot_be_written_is_found_before_and_nothing_is_made(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    check_targets(None, tmp_path / "a.txt", tmp_path / "new" / "folder" / "b.txt")
    with pytest.raises(DataError, match="it is a folder"):
        check_targets(tmp_path / "a.txt", tmp_path)
    with pytest.raises(DataError, match=r"a\.txt is no folder"):
        check_targets(tmp_path / "a.txt" / "b" / "c.txt")
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_is_locked_is_named(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(DataError, match="locked must not be written to"):
        check_targets(tmp_path / "locked" / "a.txt")
