"""The output of a job: taken up where it was left, and never mixed with another."""

import os
import resource
import subprocess

import pyarrow.parquet as pq
import pytest

from escalate.batch import score_files
from escalate.benchmarks.killing import contents, kill_and_resume
from escalate.errors import DataError
from tests.batch.parts import PROGRAM, numbered, rejects, table, write_jsonl


def test_kill_at_any_moment_and_go_on_gives_the_same_bytes(tiny_bundle, tmp_path):
    rows = [{"id": number, "text": None if number % 50 == 7 else f"alpha {number}"} for number in range(4000)]
    source = write_jsonl(tmp_path / "in.jsonl", rows)
    command = [*PROGRAM, str(source), "--out", "{out}", "--bundle", str(tiny_bundle), "--shard-rows", "50"]
    found = kill_and_resume(command, tmp_path / "outs", times=4)
    assert (found["kills"], found["identical"]) == (4, True)
    assert found["kills_in_work"] >= 1
    summary = score_files([source], tmp_path / "whole", bundle=tiny_bundle, shard_rows=50)
    kept = sorted([row["id"] for row in table(summary).to_pylist()] + [row - 1 for row, _ in rejects(summary)])
    assert kept == list(range(4000))


@pytest.fixture
def interrupted(score, tmp_path):
    """A job that stopped after its second shard."""
    write_jsonl(tmp_path / "in.jsonl", numbered(100))

    class StopError(Exception):
        pass

    def stop(what, done, total):
        if what == "scoring rows" and done > 70:
            raise StopError

    with pytest.raises(StopError):
        score(shard_rows=30, progress=stop)
    assert len(list((tmp_path / "out").glob("part-*"))) == 2
    return score


def test_a_job_is_taken_up_after_its_last_whole_shard_and_a_finished_one_left_alone(interrupted, tmp_path):
    first = (tmp_path / "out/part-000000.parquet").stat().st_mtime_ns
    summary = interrupted(shard_rows=30)
    assert table(summary).column("id").to_pylist() == list(range(100))
    assert (tmp_path / "out/part-000000.parquet").stat().st_mtime_ns == first
    before = contents(summary.out)
    assert interrupted(shard_rows=30) == summary
    assert contents(summary.out) == before


def test_shards_that_are_gone_from_a_finished_job_are_made_again(score, tmp_path):
    rows = [{"id": number, "text": None if number % 40 == 7 else f"alpha {number}"} for number in range(100)]
    write_jsonl(tmp_path / "in.jsonl", rows)
    summary = score(shard_rows=30)
    before, kept = contents(summary.out), (summary.out / "part-000001.parquet").stat().st_mtime_ns
    (summary.out / "part-000000.parquet").unlink()
    assert score(shard_rows=30) == summary
    assert contents(summary.out) == before
    assert (summary.out / "part-000001.parquet").stat().st_mtime_ns == kept
    summary.rejects.unlink()
    assert score(shard_rows=30) == summary
    assert [row for row, _ in rejects(summary)] == [8, 48, 88]
    assert contents(summary.out) == before


def test_a_changed_input_is_refused(interrupted, tmp_path):
    rows = (tmp_path / "in.jsonl").read_text()
    (tmp_path / "in.jsonl").write_text(rows.replace("rebels 99", "rebels 98"))
    with pytest.raises(DataError, match=r"out holds another job: input .*in\.jsonl has changed\. Give --out a new directory"):
        interrupted(shard_rows=30)
    (tmp_path / "in.jsonl").write_text(rows)
    assert interrupted(shard_rows=30).rows == 100


def test_other_settings_inputs_or_bundle_are_refused(interrupted, tmp_path):
    write_jsonl(tmp_path / "more.jsonl", numbered(1))
    with pytest.raises(DataError, match=r"input .*more\.jsonl is new"):
        interrupted(tmp_path / "in.jsonl", tmp_path / "more.jsonl", shard_rows=30)
    with pytest.raises(DataError, match=r"input .*in\.jsonl is missing now"):
        interrupted(tmp_path / "more.jsonl", shard_rows=30)
    with pytest.raises(DataError, match="shard_rows was 30 and is 31"):
        interrupted(shard_rows=31)
    with pytest.raises(DataError, match=r"bundle was .* and is .*'small'"):
        interrupted(shard_rows=30, bundle="small")


def test_an_input_that_changes_while_it_is_scored_is_noticed(score, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", numbered(100))

    def touch(what, done, total):
        if what == "scoring rows" and done < 60:
            with (tmp_path / "in.jsonl").open("a") as file:
                file.write('{"text": "late", "id": 0}\n')

    with pytest.raises(DataError, match="changed while it was being scored"):
        score(shard_rows=30, progress=touch)


def test_a_directory_with_other_things_in_it_is_refused(score, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", numbered(1))
    with pytest.raises(DataError, match=r"holds other things \(in\.jsonl\)"):
        score(out=".")
    (tmp_path / "out").write_text("")
    with pytest.raises(DataError, match="out: cannot be used: File exists; give --out another directory"):
        score()


def test_a_new_job_has_no_rejects_of_an_older_one(interrupted, tmp_path):
    (tmp_path / "out" / ".rejects-000000.jsonl").write_text('{"file": "old", "row": 1, "reason": "old"}\n')
    (tmp_path / "out" / ".part-000009.parquet.writing").write_text("")
    for visible in [*(tmp_path / "out").glob("part-*"), tmp_path / "out" / "_job.json"]:
        visible.unlink()
    assert rejects(interrupted(shard_rows=30)) == []
    assert {file.name for file in (tmp_path / "out").glob(".*")} <= {".lock"}


@pytest.mark.parametrize("job", ["null", "[]", '{"inputs": 5}', '{"inputs": {}, "finished": {"rows": 1}}', "[" * 100_000])
def test_a_job_file_of_something_else_is_refused(score, tmp_path, job):
    write_jsonl(tmp_path / "in.jsonl", numbered(1))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "_job.json").write_text(job)
    with pytest.raises(DataError, match=r"_job\.json: .*; give --out a new directory"):
        score()


def test_two_runs_in_one_directory_are_refused(score, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", numbered(5))

    def again(what, done, total):
        if what == "scoring rows":
            with pytest.raises(DataError, match="another process is scoring into it"):
                score()

    assert score(progress=again).rows == 5


def test_a_full_disk_is_told_and_what_was_done_stays(tiny_bundle, score, tmp_path):
    # Long rows after short ones, and a limit on the size of a file, which stops a write as a full disk does.
    noise = [f"{number * 7919 % 10007:x}" for number in range(40000)]
    write_jsonl(tmp_path / "in.jsonl", [*numbered(60), *({"id": n, "text": " ".join(noise[n::20])} for n in range(20))])
    command = [*PROGRAM, tmp_path / "in.jsonl", "--out", tmp_path / "out", "--bundle", tiny_bundle, "--shard-rows", "30"]
    limit = 16_000
    found = subprocess.run(
        command, capture_output=True, text=True, check=False,
        # The limit is for the program alone: a measurement of coverage that cannot be written is no finding.
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert found.returncode == 1
    assert "part-000002.parquet: cannot be written: File too large. 2 shards are whole and stay usable" in found.stderr
    assert "Traceback" not in found.stderr
    assert pq.read_table(tmp_path / "out").num_rows == 60
    assert not list((tmp_path / "out").glob("*.writing"))
    assert score(shard_rows=30).rows == 80
