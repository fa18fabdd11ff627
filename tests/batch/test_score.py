"""Scoring of files: what comes in comes out, once; what cannot be scored is told."""

import gzip
import subprocess
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalate.batch import score_files
from escalate.batch.engine import LocalEngine
from escalate.benchmarks.killing import contents
from escalate.errors import ConfigError, DataError, MissingExtraError
from escalate.predict import Predictor
from tests.batch.parts import ADDED, PROGRAM, TEXTS, numbered, rejects, table, write_jsonl


def test_the_output_has_the_columns_of_the_input_and_those_of_the_prediction(score, tiny_bundle, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"id": number, "text": text} for number, text in enumerate(TEXTS)])
    found = table(score(shard_rows=2))
    assert found.column_names == ["id", "text", *ADDED]
    assert found.column("id").to_pylist() == list(range(5))
    for row, expected in zip(found.to_pylist(), Predictor.load(tiny_bundle).predict(TEXTS), strict=True):
        assert (row["text"], row["label"], row["truncated"], row["empty"]) == (
            expected.text, expected.label, expected.truncated, expected.empty,
        )  # fmt: skip
        assert [row[f"p_{label}"] for label in expected.probabilities] == pytest.approx(
            list(expected.probabilities.values()), abs=1e-6
        )
        assert row["score"] == pytest.approx(expected.score, abs=1e-6)


@pytest.mark.parametrize("content", ["id;text\n", 'id,text\n1,"never closed\n'])
def test_a_table_without_a_row_that_can_be_scored_still_has_all_columns(tmp_path, content):
    (tmp_path / "in.csv").write_text(content)
    for _ in range(2):
        found = score_files([tmp_path / "in.csv"], tmp_path / "out", bundle="tiny")
        assert (found.rows - found.rejected, found.shards, table(found).num_rows) == (0, 1, 0)
        assert table(found).column_names == ["id", "text", *ADDED]


def test_a_file_without_a_line_has_the_columns_of_its_text_and_the_prediction(tmp_path):
    for name in ("a.txt", "a.jsonl", "a.csv"):
        (tmp_path / name).touch()
        assert table(score_files([tmp_path / name], tmp_path / f"out-{name}", bundle="tiny")).column_names == ["text", *ADDED]


def test_every_kind_of_file_holds_the_same_texts(score, tmp_path):
    rows = pa.table({"text": TEXTS})
    pq.write_table(rows, tmp_path / "a.parquet", row_group_size=3)
    write_jsonl(tmp_path / "b.jsonl", rows.to_pylist())
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress((tmp_path / "b.jsonl").read_bytes()))
    fields = ['"' + text.replace('"', '""') + '"' for text in TEXTS]
    (tmp_path / "d.csv").write_text("\n".join(["text", *fields]) + "\n")
    for name in ("a.parquet", "b.jsonl", "c.jsonl.gz", "d.csv"):
        summary = score(tmp_path / name, out=f"out-{name}", shard_rows=2)
        assert table(summary).column("text").to_pylist() == TEXTS
        assert (summary.rows, summary.rejected, summary.shards) == (5, 0, 3)


def test_what_cannot_be_scored_is_rejected_with_row_and_reason_and_the_rest_is_scored(score, tmp_path):
    lines = [{"text": "alpha"}, {"text": None}, {"text": 3}, "{", "[1]", {"body": "x"}, {"text": "\ud800"}, {"text": "beta"}]
    write_jsonl(tmp_path / "in.jsonl", lines)
    with (tmp_path / "in.jsonl").open("ab") as file:
        file.write(b'{"text": "\xff"}\n')
    summary = score(shard_rows=3)
    assert table(summary).column("text").to_pylist() == ["alpha", "beta"]
    assert [number for number, _ in rejects(summary)] == [2, 3, 4, 5, 6, 7, 9]
    reasons = " | ".join(reason for _, reason in rejects(summary))
    assert reasons.startswith("holds None (NoneType), expected text | holds 3 (int), expected text | is not JSON: ")
    assert reasons.endswith("half a surrogate pair in 'text', which Parquet cannot store | is not UTF-8")
    assert (summary.rows, summary.rejected) == (9, 7)


def test_a_table_with_broken_rows_goes_on_after_them(score, tmp_path):
    (tmp_path / "a.csv").write_bytes(b'id,text\n1,alpha\n2\n3,"be"ta\n4,b\xe4ta\n5,gamma\n6,"never closed\n')
    summary = score(tmp_path / "a.csv")
    assert table(summary).select(["id", "text"]).to_pylist() == [{"id": "1", "text": "alpha"}, {"id": "5", "text": "gamma"}]
    assert [number for number, _ in rejects(summary)] == [2, 3, 4, 6]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())])
def test_any_column_of_text_of_a_parquet_file_is_read_and_keeps_its_type(score, tmp_path, kind):
    values = pa.array([b"alpha", None, "βeta".encode()], pa.binary())
    pq.write_table(pa.table({"text": values.cast(pa.string()).cast(kind)}), tmp_path / "a.parquet")
    summary = score(tmp_path / "a.parquet")
    assert pa.types.is_dictionary(kind) or table(summary).schema.field("text").type == kind
    assert table(summary).num_rows == 2
    assert rejects(summary) == [(2, "holds None (NoneType), expected text")]


def test_bytes_that_are_no_text_are_rejected_in_parquet_too(score, tmp_path):
    pq.write_table(pa.table({"text": pa.array([b"alpha", b"\xff", b"beta"])}), tmp_path / "a.parquet")
    assert rejects(score(tmp_path / "a.parquet")) == [(2, "is not UTF-8")]


def test_columns_of_several_types_become_strings_and_several_files_one_table(score, tmp_path):
    write_jsonl(tmp_path / "a.jsonl", [{"text": "a", "n": 1, "m": 1, "o": {"k": [1]}}, {"text": "b", "n": 2.5, "m": "x"}])
    write_jsonl(tmp_path / "b.jsonl", [{"text": "c", "big": 2**60, "n": None, "flag": True, "both": 2**60}])
    write_jsonl(tmp_path / "c.jsonl", [{"text": "d", "both": 0.5}])
    pq.write_table(pa.table({"text": ["e"], "n": pa.array([7], pa.int32())}), tmp_path / "d.parquet")
    rows = table(score(tmp_path / "*.jsonl", tmp_path / "d.parquet")).drop_columns(ADDED).to_pylist()
    given = [{name: value for name, value in row.items() if value is not None} for row in rows]
    assert given == [
        {"text": "a", "n": 1.0, "m": "1", "o": '{"k": [1]}'},
        {"text": "b", "n": 2.5, "m": "x"},
        {"text": "c", "big": 2**60, "flag": True, "both": str(2**60)},
        {"text": "d", "both": "0.5"},
        {"text": "e", "n": 7.0},
    ]


ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()) | st.text().map("".join)
ROWS = st.lists(st.dictionaries(st.sampled_from(["text", "a", "b"]), ANY), min_size=1, max_size=9)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.integers(1, 4))
def test_every_row_is_in_the_output_or_among_the_rejects_once(score, tmp_path_factory, rows, shard_rows):
    folder = tmp_path_factory.mktemp("rows")
    good = [isinstance(row.get("text"), str) for row in rows]
    write_jsonl(folder / "in.jsonl", [{"text": "alpha", "at": -1}, *({**row, "at": at} for at, row in enumerate(rows))])
    summary = score(folder / "in.jsonl", out=folder / "out", shard_rows=shard_rows)
    assert table(summary).column("at").to_pylist() == [-1, *(at for at, is_good in enumerate(good) if is_good)]
    assert [row - 2 for row, _ in rejects(summary)] == [at for at, is_good in enumerate(good) if not is_good]


def test_folders_and_globs_name_each_file_once_and_never_the_output(score, tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("b.jsonl", "a.jsonl", "deep/c.jsonl", "_hidden.jsonl"):
        write_jsonl(tmp_path / "in" / name, [{"text": name}])
    for _ in range(2):
        summary = score(tmp_path / "in", tmp_path / "in/*.jsonl", tmp_path / "in/a.jsonl", out="in/out", shard_rows=1)
        assert table(summary).column("text").to_pylist() == ["a.jsonl", "b.jsonl", "deep/c.jsonl", "_hidden.jsonl"]


def test_a_folder_and_its_globs_stand_for_the_same_files_behind_links_too(score, tmp_path):
    for name in ("in/a.jsonl", "in/deep/b.jsonl", "elsewhere/c.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(tmp_path / name, [{"text": name}])
    (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere")
    for number, name in enumerate(("in", "in/*", "in/**")):
        found = table(score(tmp_path / name, out=f"out-{number}")).column("text").to_pylist()
        assert found == ["in/a.jsonl", "in/deep/b.jsonl", "elsewhere/c.jsonl"]


def test_a_link_that_leads_nowhere_is_an_error_and_no_file_less(score, tmp_path):
    (tmp_path / "in").mkdir()
    write_jsonl(tmp_path / "in" / "a.jsonl", numbered(1))
    (tmp_path / "in" / "b.jsonl").symlink_to("nowhere")
    with pytest.raises(DataError, match=r"b\.jsonl: cannot be read: No such file"):
        score(tmp_path / "in")


def test_an_empty_name_is_not_the_working_directory_and_one_too_long_is_told(score):
    with pytest.raises(DataError, match="an empty name stands for no file"):
        score("")
    with pytest.raises(DataError, match="cannot be read: File name too long"):
        score("x" * 300 + ".jsonl")


@pytest.mark.parametrize("kind", [str, Path])
def test_one_input_may_be_given_by_itself(tiny_bundle, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    for name in ("two", "other"):
        write_jsonl(tmp_path / f"{name}.jsonl", [{"text": name}])
    assert table(score_files(kind("./two.jsonl"), "out", bundle=tiny_bundle)).column("text").to_pylist() == ["two"]


def test_the_number_of_workers_changes_nothing(score, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", numbered(50))
    assert contents(score(out="one", workers=1).out) == contents(score(out="two", workers=2).out)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.docx", b"x", r"unknown kind of file '\.docx'"),
        ("a.txt.zip.gz", b"x", r"unknown kind of file '\.gz'"),
        ("a.csv", b"id,body\n1,x\n", r"no column 'text'; there are 'id', 'body' \(separated by ','\): choose with --column"),
        ("a.csv", b"text,a,a\n1,x,y\n", r"the header has 'a' more than once"),
        ("a.csv", b"text,\xff\n1,x\n", r"the header is not UTF-8"),
        ("a.csv", b'"te"xt\n1\n', r"the header is not readable"),
        ("a.jsonl", b'{"body": "x"}\n', r"no column 'text'; there are 'body': choose with --column"),
        ("a.jsonl", b'{"text": "x", "label": "war"}\n', r"already has 'label', which scoring adds; give --prefix"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 99)[:-9], r"a\.jsonl\.gz: cannot be read"),
        ("a.parquet", b"no parquet", r"not a readable Parquet file"),
    ],
)  # fmt: skip
def test_problems_of_a_whole_file_show_before_anything_is_scored(score, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        score(tmp_path / name)
    assert not (tmp_path / "out").exists()


def test_a_parquet_column_that_is_no_text_is_refused(score, tmp_path):
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="column 'text' is int64, expected text"):
        score(tmp_path / "a.parquet")


def test_a_prefix_makes_room_for_columns_that_are_there_already(score, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"text": "alpha", "label": "mine"}])
    found = table(score(prefix="escalate_"))
    assert found.column_names == ["text", "label", *("escalate_" + name for name in ADDED)]
    assert found.column("label").to_pylist() == ["mine"]


def test_the_prefix_is_the_same_whatever_the_engine(score, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", numbered(5))
    found = score(prefix="x_", engine=lambda bundle: LocalEngine(Predictor.load(bundle.path)))
    assert contents(found.out) == contents(score(out="local", prefix="x_").out)
    assert table(found).column_names == ["id", "text", *("x_" + name for name in ADDED)]


def test_no_row_at_all_is_no_error_and_nothing_found_is_one(score, tmp_path):
    (tmp_path / "in.jsonl").write_text("\n")
    assert score().rows == 0
    with pytest.raises(DataError, match="no such file or folder"):
        score(tmp_path / "missing*.csv")


def test_settings_that_cannot_be_are_refused(score):
    with pytest.raises(ConfigError, match="must be positive"):
        score(shard_rows=0)
    with pytest.raises(ConfigError, match="workers are those of the local engine"):
        score(workers=2, engine=lambda bundle: None)


def test_a_missing_extra_is_named(score, monkeypatch):
    monkeypatch.setattr("escalate.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"escalate-signals\[batch\]"):
        score()


def test_memory_does_not_grow_with_the_input(score, tmp_path):
    def peak(count):
        write_jsonl(tmp_path / "in.jsonl", [{"text": "alpha " * 200, "id": number} for number in range(count)])
        tracemalloc.start()
        score(out=f"out-{count}", shard_rows=50)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(50)
    assert peak(4000) < 1.3 * peak(1000)  # with 1000 rows, each buffer is full already


@pytest.mark.parametrize("value", [[0.5] * 20_000, {"deep": [{"n": n} for n in range(20_000)]}])
def test_long_lists_and_objects_end_a_block_early_as_long_texts_do(score, tmp_path, value):
    write_jsonl(tmp_path / "in.jsonl", [{"id": n, "text": "alpha", "value": value} for n in range(250)])
    summary = score(shard_rows=1000)
    assert summary.shards > 1
    assert table(summary).column("id").to_pylist() == list(range(250))


def test_a_row_nested_as_deeply_as_json_can_be_is_scored_or_rejected(score, tmp_path):
    nested = ["[" * depth + "]" * depth for depth in (50, 400, 5000)]
    write_jsonl(tmp_path / "in.jsonl", [f'{{"text": "alpha", "deep": {lists}}}' for lists in nested])
    summary = score()
    assert table(summary).num_rows + summary.rejected == 3
    assert table(summary).num_rows >= 2


def test_the_command_says_what_became_of_the_rows(tiny_bundle, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"body": "alpha"}, {"body": None}])
    command = [*PROGRAM, tmp_path / "in.jsonl", "--out", tmp_path / "out", "--bundle", tiny_bundle, "--column", "body"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout == f"1 of 2 rows scored into 1 shards in {tmp_path / 'out'}\n"
    assert f"1 rows could not be scored; {tmp_path / 'out' / '_rejects.jsonl'} says which and why" in found.stderr
