import pytest

from escalate.report.target import whole


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
    with pytest.raises(OSError), whole(tmp_path / "folder") as partial:  # noqa: PT011 (its kind depends on the system)
        partial.write_text("new")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.txt", "folder"]
    assert (tmp_path / "a.txt").read_text() == "old"
