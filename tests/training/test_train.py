"""Training, on an encoder of random weights that learns within seconds."""

import json
import logging
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

from escalate.errors import ConfigError, DataError, EscalateError
from escalate.labels import LABELS
from escalate.training.config import TrainConfig
from escalate.training.run import read_run
from escalate.training.train import train
from tests.conftest import write_rows
from tests.training.parts import results_of, varied


def test_a_run_leaves_everything_that_explains_it(tiny_run, tiny_config):
    assert {path.name for path in tiny_run.iterdir()} >= {"checkpoint", "config.yaml", "results.json", "train.log"}
    results = results_of(tiny_run)
    assert TrainConfig.model_validate(yaml.safe_load((tiny_run / "config.yaml").read_text())) == tiny_config
    assert set(results["data"]) == {*tiny_config.data.train, *tiny_config.data.validation}
    assert results["seed"] == tiny_config.seed
    assert results["rows"] == {"train": 300, "validation": 90}
    assert sum(results["prior"]) == pytest.approx(1)
    assert {"python", "torch", "transformers", "escalate-signals"} <= set(results["versions"])
    assert not list(tiny_run.glob("epochs"))


def test_the_words_are_learnt(tiny_run):
    results = results_of(tiny_run)
    assert results["validation"]["macro_f1"] > 0.95
    assert results["validation"]["macro_f1"] == max(epoch["macro_f1"] for epoch in results["epochs"])


def test_the_checkpoint_loads_with_transformers_and_knows_its_labels(tiny_run):
    model = AutoModelForSequenceClassification.from_pretrained(tiny_run / "checkpoint")
    assert model.config.id2label == dict(enumerate(LABELS))
    assert (tiny_run / "checkpoint" / "model.safetensors").is_file()
    assert not list((tiny_run / "checkpoint").glob("*.bin"))


def test_the_same_seed_gives_the_same_run_and_another_seed_another(tiny_config, tiny_run, tmp_path):
    again = results_of(train(varied(tiny_config, tmp_path / "again")))
    other = results_of(train(varied(tiny_config, tmp_path / "other", seed=tiny_config.seed + 1)))
    assert again["epochs"] == results_of(tiny_run)["epochs"] != other["epochs"]


def test_training_stops_when_nothing_gets_better(tiny_config, tmp_path):
    # A learning rate that changes nothing: one epoch sets the mark, `patience` more fail to better it.
    still = varied(tiny_config, tmp_path / "run", optimisation={"epochs": 9, "learning_rate": 1e-12, "patience": 2})
    assert len(results_of(train(still))["epochs"]) == 3


def test_a_finished_run_is_left_alone_and_another_configuration_does_not_overwrite_it(tiny_config, tiny_run):
    before = (tiny_run / "results.json").stat().st_mtime_ns
    assert train(tiny_config) == tiny_run
    assert (tiny_run / "results.json").stat().st_mtime_ns == before
    with pytest.raises(ConfigError, match="run of another configuration"):
        train(varied(tiny_config, tiny_run, seed=99))


def test_data_that_no_manifest_vouches_for_are_refused(tiny_config, tmp_path):
    with pytest.raises(DataError, match=r"not listed in a data manifest; set data\.allow_unlisted"):
        train(varied(tiny_config, tmp_path / "run", data={"allow_unlisted": False}))


def test_other_labels_and_counts_train_with_the_same_recipe(tiny_config, tmp_path):
    rows = [json.loads(line) for line in write_rows(tmp_path / "a.jsonl", 120).read_text().splitlines()]
    for row in rows:
        row["label"] = "signal" if row["label"] == "escalation" else "rest"
    (tmp_path / "two.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = {"train": [str(tmp_path / "two.jsonl")], "validation": [str(tmp_path / "two.jsonl")], "labels": ["rest", "signal"]}
    results = results_of(train(varied(tiny_config, tmp_path / "run", data=data)))
    assert results["labels"] == ["rest", "signal"]
    assert results["prior"] == pytest.approx([2 / 3, 1 / 3])


def test_a_killed_run_goes_on_after_its_last_whole_epoch(tiny_config, tmp_path):
    write_rows(tmp_path / "train.jsonl", 900)
    config = varied(
        tiny_config,
        tmp_path / "run",
        data={"train": [str(tmp_path / "train.jsonl")]},
        optimisation={"epochs": 6, "patience": 6, "learning_rate": 1e-3},
    )
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(config.model_dump()))
    command = [sys.executable, "-c", "from escalate.cli.main import main; main()", "train", str(file)]
    states = tmp_path / "run" / "epochs"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(states.glob("checkpoint-*/trainer_state.json")):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "run" / "results.json").exists()
    whole = len(list(states.glob("checkpoint-*/trainer_state.json")))
    # What a kill in the middle of writing leaves behind.
    (states / "checkpoint-99999").mkdir()
    subprocess.run(command, check=True, capture_output=True)
    results = results_of(tmp_path / "run")
    assert [epoch["epoch"] for epoch in results["epochs"]] == [1, 2, 3, 4, 5, 6]
    undisturbed = results_of(train(varied(config, tmp_path / "undisturbed")))["epochs"]
    assert results["epochs"] == [pytest.approx(epoch, rel=1e-3) for epoch in undisturbed]
    assert "going on from" in (tmp_path / "run" / "train.log").read_text()
    assert whole >= 1


def broken_off(config):
    """Train until the results are written, which fails as on a full disk: the state of a run killed at that moment."""
    obstacle = Path(config.output) / ".results.json"
    obstacle.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        train(config)
    obstacle.rmdir()


@pytest.mark.parametrize("whole", [2, 3])
def test_patience_is_counted_on_through_an_interruption(tiny_config, tmp_path, whole):
    # Nothing is learnt: the first epoch is the best one, and two more end the training, whichever of them was the last before.
    settings = {"learning_rate": 1e-12, "patience": 2, "threads": 1}
    data = {"train": [str(write_rows(tmp_path / "train.jsonl", 60))]}
    broken_off(varied(tiny_config, tmp_path / "run", data=data, optimisation={**settings, "epochs": whole}))
    config = varied(tiny_config, tmp_path / "run", data=data, optimisation={**settings, "epochs": 9})
    (tmp_path / "run" / "config.yaml").write_text(yaml.safe_dump(config.model_dump()))
    if whole == 2:
        # Those two epochs were all that it had; of nine, it would have been to go on.
        for file in (tmp_path / "run" / "epochs").glob("*/trainer_state.json"):
            state = json.loads(file.read_text())
            state["stateful_callbacks"]["TrainerControl"]["args"]["should_training_stop"] = False
            file.write_text(json.dumps(state))
    assert [epoch["epoch"] for epoch in results_of(train(config))["epochs"]] == [1, 2, 3]


def test_an_interrupted_run_does_not_go_on_over_other_data(tiny_config, tmp_path):
    file = write_rows(tmp_path / "train.jsonl", 60)
    before = file.read_text()
    config = varied(tiny_config, tmp_path / "run", data={"train": [str(file)]}, optimisation={"epochs": 1})
    broken_off(config)
    write_rows(file, 60, seed=7)
    with pytest.raises(DataError, match=rf"{file} changed since {tmp_path / 'run'} was begun"):
        train(config)
    file.write_text(before)
    assert results_of(train(config))["rows"]["train"] == 60


def test_a_finished_run_of_other_data_is_not_taken_for_one_of_these(tiny_config, tmp_path):
    file = write_rows(tmp_path / "train.jsonl", 60)
    config = varied(tiny_config, tmp_path / "run", data={"train": [str(file)]}, optimisation={"epochs": 1})
    train(config)
    write_rows(file, 60, seed=7)
    with pytest.raises(DataError, match=rf"{file} changed since .* remove {tmp_path / 'run'} and train again"):
        train(config)


def test_a_run_is_tied_to_the_weights_that_it_started_from_and_was_taught_by(tiny_config, tiny_run, tmp_path):
    for name in ("base", "teacher"):
        shutil.copytree(tiny_run / "checkpoint", tmp_path / name)
    config = varied(
        tiny_config,
        tmp_path / "run",
        model={"base": str(tmp_path / "base")},
        distillation={"teachers": [str(tmp_path / "teacher")]},
        optimisation={"epochs": 1},
    )
    run = train(config)
    # A run of an earlier version, which knew its teachers but not the weights of its base, still counts as finished.
    results = results_of(run)
    del results["base_sha256"]
    (run / "results.json").write_text(json.dumps(results))
    (run / "inputs.json").unlink()
    assert train(config) == run
    weights = load_file(tmp_path / "base" / "model.safetensors")
    save_file({**weights, "classifier.bias": weights["classifier.bias"] + 1}, tmp_path / "teacher" / "model.safetensors")
    with pytest.raises(DataError, match=f"^{tmp_path / 'teacher'} changed since"):
        train(config)


def test_a_base_that_changed_is_noticed(tiny_config, tiny_run, tmp_path):
    base = shutil.copytree(tiny_run / "checkpoint", tmp_path / "base")
    config = varied(tiny_config, tmp_path / "run", model={"base": str(base)}, optimisation={"epochs": 1})
    broken_off(config)
    weights = load_file(base / "model.safetensors")
    save_file({**weights, "classifier.bias": weights["classifier.bias"] + 1}, base / "model.safetensors", {"format": "pt"})
    with pytest.raises(DataError, match=r"^the base checkpoint changed since"):
        train(config)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"data": {"train": ["nosuch.jsonl"]}}, "nosuch.jsonl"),
        ({"model": {"frozen_layers": 9}}, "model.frozen_layers"),
        ({"average_seeds": [2], "model": {"layers": 9}}, "model.layers"),
        ({"lora": {"targets": ["nosuch"]}}, "lora.targets: .*nosuch"),
    ],
)
def test_a_configuration_that_cannot_be_trained_leaves_the_output_to_the_mended_one(tiny_config, tmp_path, wrong, error):
    with pytest.raises(EscalateError, match=error):
        train(varied(tiny_config, tmp_path / "run", **wrong))
    data = {"train": [str(write_rows(tmp_path / "train.jsonl", 30))]}
    mended = varied(tiny_config, tmp_path / "run", data=data, optimisation={"epochs": 1})
    assert results_of(train(mended))["rows"]["train"] == 30


def test_a_run_goes_on_with_another_number_of_threads_and_a_finished_one_says_what_it_had(tiny_config, tmp_path):
    data = {"train": [str(write_rows(tmp_path / "train.jsonl", 30))]}
    config = varied(tiny_config, tmp_path / "run", data=data, optimisation={"epochs": 1, "threads": 1})
    broken_off(config)
    run = train(varied(config, tmp_path / "run", optimisation={"threads": 2}))
    assert "going on from" in (run / "train.log").read_text()
    assert train(config) == run
    assert read_run(run).config.optimisation.threads == 2


def test_an_output_that_cannot_be_made_is_an_error(tiny_config, tmp_path):
    (tmp_path / "file").write_text("")
    for output in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(ConfigError, match="cannot be made"):
            train(varied(tiny_config, output))


def test_a_run_tells_its_story_whatever_the_program_logs(tiny_config, tmp_path):
    package = logging.getLogger("escalate.training")
    level = package.level
    package.setLevel(logging.ERROR)
    try:
        data = {"train": [str(write_rows(tmp_path / "train.jsonl", 30))]}
        run = train(varied(tiny_config, tmp_path / "run", data=data, optimisation={"epochs": 1}))
        assert package.level == logging.ERROR
    finally:
        package.setLevel(level)
    assert "epoch 1: validation macro-F1" in (run / "train.log").read_text()


def test_data_refused_before_the_training_began_may_be_mended(tiny_config, tmp_path):
    file = write_rows(tmp_path / "train.jsonl", 60)
    sound = file.read_text()
    config = varied(tiny_config, tmp_path / "run", data={"train": [str(file)]}, optimisation={"epochs": 1})
    file.write_text(sound.replace('"neutral"', '"neither"'))
    with pytest.raises(DataError, match="'neither' is none of"):
        train(config)
    file.write_text(sound)
    assert train(config) == tmp_path / "run"
