import pytest

from escalate.data.tables import read_table
from escalate.errors import DataError


def test_a_quoted_field_may_hold_quotation_marks_and_line_ends(tmp_path):
    (tmp_path / "a.tsv").write_text('text\tcode\n"He said ""no""\nand left."\t1\nPlain.\t2\n')
    assert read_table(tmp_path / "a.tsv") == [{"text": 'He said "no"\nand left.', "code": "1"}, {"text": "Plain.", "code": "2"}]


def test_a_quotation_mark_that_is_not_closed_swallows_no_rows(tmp_path):
    # Read leniently, this is one row of two fields.
    (tmp_path / "a.tsv").write_text('"A said hello.\t3\n"B said bye.\t1\n')
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path / "a.tsv", ("text", "code"))
