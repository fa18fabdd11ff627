"""Columns of several files in one table: nothing is rounded, nothing is lost."""

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from escalate.errors import DataError
from tests.batch.parts import rejects, table, write_jsonl


def test_views_of_strings_are_read(score, tmp_path):
    columns = {"text": pa.array(["alpha", None], pa.string_view()), "raw": pa.array([b"a", b"b"], pa.binary_view())}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    write_jsonl(tmp_path / "b.jsonl", [{"text": "beta"}])
    found = table(score(tmp_path / "a.parquet", tmp_path / "b.jsonl"))
    assert found.select(["text", "raw"]).to_pylist() == [{"text": "alpha", "raw": b"a"}, {"text": "beta", "raw": None}]


LONG = 1_700_000_000_000_000_001
YEAR_9999, LAST = 253_402_300_799, "9999-12-31 23:59:59.000"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([pa.array([1.0, None]), pa.array([LONG, 2])], ["1", None, str(LONG), "2"]),
        ([pa.array([LONG]), pa.array([0.5])], [str(LONG), "0.5"]),
        ([pa.array([1.0, None]), pa.array([7, 2])], [1.0, None, 7.0, 2.0]),
        ([pa.array([0.5]), pa.array([None, None], pa.int64())], [0.5, None, None]),
        ([pa.array([LONG]), pa.array([None], pa.int64())], [LONG, None]),
        ([pa.array([[LONG]]), pa.array([[2]])], [[LONG], [2]]),
        ([pa.array(["a", "b"]).dictionary_encode(), pa.array(["c"])], ["a", "b", "c"]),
        ([pa.array(["c"]), pa.array(["a", "b"]).dictionary_encode()], ["c", "a", "b"]),
        ([pa.array(["c"], pa.string_view()), pa.array(["a"])], ["c", "a"]),
        ([pa.array([Decimal("1.10")]), pa.array([0.5])], ["1.10", "0.5"]),
        ([pa.array([7]), pa.array([Decimal("1.10")])], ["7", "1.10"]),
        ([pa.array([-7]), pa.array([2**64 - 1], pa.uint64())], ["-7", str(2**64 - 1)]),
        ([pa.array([-7]), pa.array([8], pa.uint64())], [-7, 8]),
        (
            [pa.array([YEAR_9999], pa.timestamp("s")), pa.array([1], pa.timestamp("ns"))],
            [LAST, "1970-01-01 00:00:00.000000001"],
        ),
        ([pa.array([0], pa.timestamp("s")), pa.array([0], pa.timestamp("us"))], [datetime(1970, 1, 1)] * 2),
        ([pa.array([True]), pa.array([3])], ["true", "3"]),
        ([pa.array([["a"]], pa.list_(pa.string_view())), pa.array([["b"]])], [["a"], ["b"]]),
        ([pa.array([{"k": "a"}], pa.struct([("k", pa.string_view())])), pa.nulls(1)], [{"k": "a"}, None]),
        ([pa.array([{"k": 1}], pa.struct([pa.field("k", pa.int64(), nullable=False)])), pa.nulls(1)], [{"k": 1}, None]),
    ],
)
def test_parquet_files_whose_types_can_be_joined_are_one_table_and_nothing_is_rounded(score, tmp_path, columns, expected):
    for name, column in zip("ab", columns, strict=True):
        pq.write_table(pa.table({"text": ["alpha"] * len(column), "n": column}), tmp_path / f"{name}.parquet")
    assert table(score(tmp_path / "*.parquet")).column("n").to_pylist() == expected


@pytest.mark.parametrize(
    ("of_text", "of_parquet", "expected"),
    [
        (None, pa.array([LONG]), [None, LONG]),
        (0.5, pa.array([LONG]), ["0.5", str(LONG)]),
        (LONG, pa.array([0.5]), [str(LONG), "0.5"]),
        (0.5, pa.array([3]), [0.5, 3.0]),
        ("c", pa.array(["a"]).dictionary_encode(), ["c", "a"]),
        (None, pa.array(["a"]).dictionary_encode(), [None, "a"]),
        (None, pa.array([None], pa.null()), [None, None]),
        (-7, pa.array([2**64 - 1], pa.uint64()), ["-7", str(2**64 - 1)]),
        (7, pa.array([Decimal("1.10")]), [Decimal("7.00"), Decimal("1.10")]),
        (LONG, pa.array([Decimal("1.10")]), [str(LONG), "1.10"]),
        (0.5, pa.array([Decimal("1.10")]), ["0.5", "1.10"]),
        ([1], pa.array([b"a"]), [b"[1]", b"a"]),
        ("c", pa.array([3]), ["c", "3"]),
    ],
)
def test_a_text_file_and_a_parquet_file_are_one_table(score, tmp_path, of_text, of_parquet, expected):
    write_jsonl(tmp_path / "a.jsonl", [{"text": "alpha", "n": of_text}])
    pq.write_table(pa.table({"text": ["beta"], "n": of_parquet}), tmp_path / "b.parquet")
    assert table(score(tmp_path / "a.jsonl", tmp_path / "b.parquet")).column("n").to_pylist() == expected


def test_categories_stay_categories_where_all_files_have_them(score, tmp_path):
    for name in "ab":
        column = pa.array([name, "c"]).dictionary_encode()
        pq.write_table(pa.table({"text": ["alpha"] * 2, "n": column}), tmp_path / f"{name}.parquet")
    found = table(score(tmp_path / "*.parquet")).column("n")
    assert pa.types.is_dictionary(found.type)
    assert found.to_pylist() == ["a", "c", "b", "c"]


def test_types_that_nothing_joins_name_the_file(score, tmp_path):
    for name, values in (("a", ["x"]), ("b", [[1]])):
        pq.write_table(pa.table({"text": ["alpha"], "n": values}), tmp_path / f"{name}.parquet")
    with pytest.raises(DataError, match=r"b\.parquet: type of column 'n' unlike in the other files"):
        score(tmp_path)
    assert not (tmp_path / "out").exists()


def test_decimals_within_lists_are_not_rounded_either(score, tmp_path):
    for name, value in (("a", Decimal("1.10")), ("b", 0.5)):
        pq.write_table(pa.table({"text": ["alpha"], "n": [[value]]}), tmp_path / f"{name}.parquet")
    with pytest.raises(DataError, match=r"a\.parquet: type of column 'n' unlike in the other files"):
        score(tmp_path)


def test_bytes_that_are_no_text_do_not_keep_files_apart(score, tmp_path):
    pq.write_table(pa.table({"text": pa.array([b"alpha", b"\xff"])}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["beta"]}), tmp_path / "b.parquet")
    summary = score(tmp_path)
    assert (table(summary).num_rows, rejects(summary)) == (2, [(2, "is not UTF-8")])
