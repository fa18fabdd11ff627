"""The speed benchmark with a tiny network and few sentences."""

import json
import time

import pytest
import yaml
from typer.testing import CliRunner

from escalate.benchmarks.speed.config import SpeedConfig, is_speed, load_speed
from escalate.benchmarks.speed.machine import machine
from escalate.benchmarks.speed.processes import cold_starts, output_of
from escalate.benchmarks.speed.quality import of_bundle, of_rival
from escalate.benchmarks.speed.run import run
from escalate.benchmarks.speed.stream import endless, milestones
from escalate.benchmarks.speed.texts import shuffled
from escalate.benchmarks.speed.timing import WARM, race, spread, waiting
from escalate.bundle import load
from escalate.cli.main import app
from escalate.errors import ConfigError, DataError, EscalateError
from tests.conftest import ROOT, write_rows


def config(tmp_path, **changes):
    rows = str(write_rows(tmp_path / "rows.jsonl", 90))
    content = {
        "task": "speed", "texts": [rows], "train": rows, "sentences": 24, "repeats": 2, "stream": 30,
        "output": str(tmp_path / "out" / "speed.json"), **changes,
    }  # fmt: skip
    return SpeedConfig.model_validate(content)


@pytest.fixture(scope="module")
def found(tmp_path_factory, tiny_checkpoint, tiny_bundle):
    folder = tmp_path_factory.mktemp("speed")
    patch = pytest.MonkeyPatch()
    # A cold start loads the whole of transformers; it has its own test.
    patch.setattr("escalate.benchmarks.speed.run.cold_starts", lambda *_: {"escalate": spread([1.0, 2.0])})
    base = str(tiny_checkpoint)
    rivals = ["fasttext", {"method": "static", "options": {"base": base, "dimensions": 16}}, "majority"]
    results = run(config(folder, base=base, bundles=[str(tiny_bundle)], rivals=rivals), "the command")
    patch.undo()
    return results, json.loads((folder / "out" / "speed.json").read_text())


def test_all_contenders_are_timed_on_the_same_sentences(found, tiny_bundle):
    results, written = found
    assert written == json.loads(json.dumps(results))
    contenders = results["contenders"]
    bundle = str(tiny_bundle)
    assert list(contenders) == ["pipeline", "onnx-float32", "onnx-plain-int8", "fasttext", "static", "majority", bundle]
    for name, figures in contenders.items():
        for part in ("rate", "shortest", "longest", "ratio"):
            assert 0 < figures[part]["lowest"] <= figures[part]["median"] <= figures[part]["highest"], (name, part)
        assert 0 < figures["latency"]["p50"] <= figures["latency"]["p99"]
    assert contenders["pipeline"]["ratio"] == {"median": 1, "lowest": 1, "highest": 1}
    assert set(results["batch_sizes"]) == {"1", "8", "32"}


def test_sizes_and_known_quality_go_along(found, tiny_bundle):
    contenders = found[0]["contenders"]
    assert contenders["majority"]["bytes"] is None
    assert 1000 < contenders["onnx-plain-int8"]["bytes"] < contenders["onnx-float32"]["bytes"]
    assert min(contenders[name]["bytes"] for name in ("pipeline", "fasttext", "static")) > 1000
    assert contenders[str(tiny_bundle)]["quality"]["split"] == "validation"
    assert contenders["pipeline"]["quality"] is None


def test_a_run_says_what_its_figures_rest_on(found, tiny_bundle):
    results = found[0]
    assert (results["command"], results["seed"]) == ("the command", 13)
    assert results["bundles"] == {str(tiny_bundle): load(tiny_bundle).sha256}
    assert results["data"].keys() == {next(iter(results["data"]))}
    assert results["sentences"]["count"] == 24
    assert 4 <= results["sentences"]["words"] < results["sentences"]["tokens"]
    assert {"onnxruntime", "transformers", "torch"} <= results["versions"].keys()
    (stream,) = results["streams"].values()
    assert [mark["sentences"] for mark in stream] == [30]
    assert stream[0]["rate"] == pytest.approx(30 / stream[0]["seconds"])
    assert stream[0]["peak_rss"] > 2**20
    explained = results["explanations"][str(tiny_bundle)]
    assert 0 < explained["p50"] <= explained["p90"]


def test_turns_begin_with_another_contender_and_every_sentence_is_also_read_alone():
    calls = []
    contenders = {name: lambda texts, name=name: calls.append((name, list(texts))) for name in "ab"}
    texts = [f"{'x' * number}" for number in range(20)]
    race(contenders, texts, 2, "a")
    order = [name for name, read in calls[2:] if len(read) == 20]
    assert order == ["a", "b", "b", "a"]
    alone = [read[0] for name, read in calls if name == "a" and len(read) == 1]
    assert sorted(alone, key=len) == texts
    assert calls[:2] == [("a", texts[:WARM]), ("b", texts[:WARM])]
    tenths = [read for name, read in calls if name == "a" and len(read) == 2]
    assert tenths == [texts[:2], texts[-2:]] * 2


def test_waiting_times_are_those_of_single_texts():
    found = waiting(lambda text: time.sleep(0.05 if text == "long" else 0.001), ["short"] * 17 + ["long"] * 3)
    assert found["p50"] < found["mean"] < found["p90"]
    assert found["p90"] >= 0.05


def test_a_stream_has_milestones_and_no_end(tmp_path):
    assert milestones(10_000) == [1000, 2000, 5000, 10_000]
    assert milestones(12_345) == [1000, 2000, 5000, 10_000, 12_345]
    assert milestones(400) == [400]
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "One."}\n{"text": "Two."}\n')
    texts = endless(path)
    assert [next(texts) for _ in range(5)] == ["0. One.", "0. Two.", "1. One.", "1. Two.", "2. One."]


def test_the_order_of_the_sentences_follows_from_the_seed(tmp_path):
    files = [str(write_rows(tmp_path / "a.jsonl", 30)), str(tmp_path / "a.jsonl")]
    assert shuffled(files, 1, 30) == shuffled(files, 1, 30) != shuffled(files, 2, 30)
    with pytest.raises(DataError, match="30 different sentences, but 31 are wanted"):
        shuffled(files, 1, 31)


def test_a_figure_of_the_test_split_counts_only_for_the_bundle_that_it_was_measured_on(tmp_path, tiny_bundle):
    bundle, path = load(tiny_bundle), tmp_path / "test.json"
    name = bundle.manifest.name
    path.write_text(json.dumps({"bundles": {name: bundle.sha256}, "models": {name: {"macro_f1": 0.5}}}))
    assert of_bundle(bundle, path) == {"macro_f1": 0.5, "split": "test"}
    path.write_text(json.dumps({"bundles": {name: "0" * 64}, "models": {name: {"macro_f1": 0.5}}}))
    measured = bundle.manifest.metrics["validation"]["macro_f1"]
    assert of_bundle(bundle, path) == {"macro_f1": measured, "split": "validation"}
    path.write_text(json.dumps({"models": {"static": {"labels": {"macro_f1": 0.4}}}}))
    assert of_rival("static", path) == {"macro_f1": 0.4, "split": "test"}
    assert of_rival("fasttext", path) is None
    assert of_rival("static", tmp_path / "none.json") is None


def test_instructions_are_read_where_they_can_be(tmp_path):
    (tmp_path / "cpuinfo").write_text("flags\t\t: fpu avx2 avx512_vnni sse\n")
    assert machine(tmp_path / "cpuinfo")["features"] == ["avx2", "avx512_vnni"]
    assert machine(tmp_path / "none")["features"] is None
    assert machine()["cores"] >= 1


def test_cold_starts_are_those_of_fresh_processes(tiny_checkpoint):
    seconds = cold_starts(tiny_checkpoint, "The rebels fired.", 1)
    assert list(seconds) == ["python", "import", "escalate", "pipeline"]
    assert seconds["python"]["median"] < seconds["pipeline"]["median"]


def test_a_program_that_fails_is_an_error():
    with pytest.raises(EscalateError, match=r"(?s)ended with 1: .*no way"):
        output_of("-c", "raise SystemExit('no way')")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "colour"),
        ({"sentences": 3}, "sentences"),
        ({"rivals": ["tfidf", "tfidf"]}, "two rivals have the same name"),
        ({"rivals": ["nothing"]}, "no rival 'nothing'"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, changes, message):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({"task": "speed", "output": "r.json", **changes}))
    with pytest.raises(ConfigError, match=message):
        load_speed(path)


def test_the_config_of_the_project_is_valid_and_says_how_to_run_it():
    path = ROOT / "configs" / "benchmark" / "speed.yaml"
    assert is_speed(path)
    assert load_speed(path).output == "data/results/speed.json"
    assert not is_speed(path, ["task=plv"])
    assert "python scripts/benchmark.py configs/benchmark/speed.yaml" in path.read_text(encoding="utf-8")


def test_the_command_hands_a_speed_benchmark_to_its_runner(tmp_path, monkeypatch):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump(config(tmp_path).model_dump()))
    monkeypatch.setattr(
        "escalate.benchmarks.speed.run.run", lambda settings, said: {"sentences": settings.sentences, "said": said}
    )
    monkeypatch.setattr("escalate.report.speed.speed_table", lambda results: f"{results['sentences']} by {results['said']}")
    done = CliRunner().invoke(app, ["benchmark", str(path), "sentences=20"])
    assert done.exit_code == 0, done.output
    assert f"20 by escalate benchmark {path.as_posix()} sentences=20" in done.output
    refused = CliRunner().invoke(app, ["benchmark", str(path), "--data", str(tmp_path)])
    assert isinstance(refused.exception, ConfigError)
