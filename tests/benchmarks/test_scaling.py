import itertools
import json
import sys

import pytest

from escalate.benchmarks.killing import kill_and_resume
from escalate.benchmarks.scaling import measure, sentences, write_input
from escalate.errors import EscalateError


def test_a_small_run_is_measured(tmp_path):
    found = measure([20], [1, 2], tmp_path)
    assert [(run["rows"], run["workers"]) for run in found["runs"]] == [(20, 1), (20, 2)]
    assert all(run["rate"] == 20 / run["seconds"] and run["peak_rss"] > 2**20 for run in found["runs"])
    assert {"python", "pyarrow", "onnxruntime"} <= found["versions"].keys()


def test_the_sentences_never_end_and_never_repeat(tmp_path):
    (tmp_path / "train.jsonl").write_text('{"text": "One."}\n{"text": "Two."}\n')
    assert list(itertools.islice(sentences(tmp_path / "train.jsonl"), 5)) == ["One.", "Two.", "1. One.", "1. Two.", "2. One."]
    write_input(tmp_path / "in.jsonl", ["One."])
    assert json.loads((tmp_path / "in.jsonl").read_text()) == {"id": 0, "text": "One."}


def test_a_command_whose_output_depends_on_the_kill_is_found_out(tmp_path):
    code = (
        "import pathlib, sys, time; out = pathlib.Path(sys.argv[1]); out.mkdir(parents=True, exist_ok=True)\n"
        "with open(out / 'log', 'a') as file: print('begun', file=file, flush=True); time.sleep(1)"
    )
    found = kill_and_resume([sys.executable, "-c", code, "{out}"], tmp_path / "outs", times=3)
    assert (found["kills"], found["identical"]) == (3, False)


def test_a_command_that_fails_by_itself_is_an_error(tmp_path):
    with pytest.raises(EscalateError, match=r"(?s)ended with 1: .*NameError"):
        kill_and_resume([sys.executable, "-c", "nothing"], tmp_path / "outs", times=1)
