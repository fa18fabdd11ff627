"""The methods that a configuration switches on: each trains the tiny encoder, and leaves a plain checkpoint."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from escalate.cli.main import app
from escalate.data.labelled import LabelledText
from escalate.errors import BundleError, ConfigError, DataError
from escalate.labels import LABELS
from escalate.text import sentence_hash
from escalate.training.averaging import average, best_epochs, mean_weights
from escalate.training.codes import codes_of
from escalate.training.data import read_training_data
from escalate.training.export import export
from escalate.training.inference import classify
from escalate.training.polarity import polarity_of, signals_of
from escalate.training.run import read_run
from escalate.training.sections import PolarityConfig
from escalate.training.train import train
from tests.conftest import FILLERS, write_rows
from tests.training.parts import results_of, varied

WEIGHTS = "checkpoint/model.safetensors"


def with_codes(path, count):
    rows = [json.loads(line) for line in write_rows(path, count).read_text().splitlines()]
    for number, row in enumerate(rows):
        if number % 10:
            row["code"] = row["label"][0].upper() + str(number % 2)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_everything_at_once_learns_and_leaves_no_trace_in_the_checkpoint(tiny_config, tiny_run, tmp_path):
    config = varied(
        tiny_config,
        tmp_path / "run",
        data={"train": [str(with_codes(tmp_path / "rows.jsonl", 300))], "actor_swaps": 0.5},
        contrastive={"weight": 0.2},
        codes={"weight": 0.3},
        distillation={"teachers": [str(tiny_run)]},
        optimisation={
            "epochs": 6,
            "patience": 6,
            "layer_decay": 0.9,
            "average_epochs": 2,
            "accumulation": 2,
            "batch_size": 8,
            "r_drop": 0.5,
        },
    )
    run = train(config)
    assert results_of(run)["validation"]["macro_f1"] > 0.9
    assert set(load_file(run / WEIGHTS)) == set(load_file(tiny_run / WEIGHTS))


def test_codes_are_numbered_and_rows_without_one_are_passed_over(tmp_path, tiny_config):
    from escalate.training.data import read_training_data

    file = with_codes(tmp_path / "rows.jsonl", 60)
    rows = read_training_data(varied(tiny_config, tmp_path, data={"train": [str(file)]}).data, 0).train
    targets, count = codes_of(rows, "code")
    assert count == len(set(targets)) - 1 == 6
    assert [target for number, target in enumerate(targets) if number % 10 == 0] == [-100] * 6
    with pytest.raises(DataError, match="hold 0 codes in the field 'other'"):
        codes_of(rows, "other")


def test_a_code_of_0_is_a_code_and_nan_is_none():
    rows = [LabelledText("x", 0, "a", {"code": code}) for code in (0, 1, "", " ", None, float("nan"))]
    assert codes_of(rows, "code") == ([0, 1, -100, -100, -100, -100], 2)


def test_neutral_rows_learn_which_side_they_are_on_and_stay_neutral(tiny_config, tiny_run, tmp_path):
    rows = [json.loads(line) for line in write_rows(tmp_path / "rows.jsonl", 300).read_text().splitlines()]
    neutral = [row["text"] for row in rows if row["label"] == "neutral"]
    sides = {text: "conflict" if FILLERS[0] in text else "cooperation" for text in neutral}
    readings = tmp_path / "polarity.jsonl"
    lines = [{"id": sentence_hash(text), "readers": {"a": side}} for text, side in sides.items()]
    readings.write_text("".join(json.dumps(line) + "\n" for line in lines))
    config = varied(
        tiny_config,
        tmp_path / "run",
        model={"base": str(tiny_run)},
        data={"train": [str(tmp_path / "rows.jsonl")], "validation": [], "allow_unlisted": True},
        polarity={"readings": str(readings), "weight": 1.0},
        optimisation={"epochs": 8},
    )
    run = train(config)
    assert str(readings) in results_of(run)["data"]
    model = AutoModelForSequenceClassification.from_pretrained(run / "checkpoint")
    logits = classify(model, AutoTokenizer.from_pretrained(run / "checkpoint"), list(sides), 64)
    assert (logits.argmax(axis=1) == list(model.config.id2label.values()).index("neutral")).mean() > 0.9
    towards = logits[:, model.config.label2id["escalation"]] - logits[:, model.config.label2id["de-escalation"]]
    right = (towards > 0) == np.array([side == "conflict" for side in sides.values()])
    assert right.mean() > 0.9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conflict": "war"}, "war is none of the labels"),
        ({"cooperation": "escalation"}, "both 'escalation'"),
    ],
)
def test_polarity_leans_to_two_labels_of_the_model(changes, message):
    with pytest.raises(ConfigError, match=message):
        signals_of(PolarityConfig(readings="x", **changes), LABELS)


def test_readings_of_none_of_the_training_rows_are_an_error():
    with pytest.raises(DataError, match="none of the training rows is among the readings"):
        polarity_of([LabelledText("x", 2, "a")], (0, 1), {sentence_hash("y"): 1.0})


def test_only_rows_that_are_neither_signal_have_a_polarity():
    rows = [LabelledText("x", target, "a") for target in (0, 1, 2, -100)]
    assert polarity_of(rows, (0, 1), {sentence_hash("X"): 1.0}) == [-100, -100, 1.0, -100]


def test_adapters_are_merged_into_a_plain_checkpoint(tiny_config, tiny_run, tmp_path):
    config = varied(tiny_config, tmp_path / "run", model={"base": str(tiny_run)}, lora={"rank": 4}, optimisation={"epochs": 1})
    run = train(config)
    assert results_of(run)["validation"]["macro_f1"] > 0.9
    before, after = load_file(tiny_run / WEIGHTS), load_file(run / WEIGHTS)
    assert set(before) == set(after)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert "classifier.weight" in changed
    assert any("attention.self.query.weight" in name for name in changed)
    assert not any("embeddings" in name for name in changed)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lora": {}, "codes": {}}, "lora goes with neither"),
        ({"lora": {}, "optimisation": {"start_share": 0.5}}, "lora goes with neither"),
        ({"optimisation": {"average_epochs": 9}}, "average_epochs is more"),
        ({"model": {"layers": [2, 0]}}, "rising order"),
        ({"model": {"layers": 0}}, "count of 1 or more"),
    ],
)
def test_settings_that_cannot_go_together_are_refused(tiny_config, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        varied(tiny_config, tmp_path, **changes)


def test_a_dropout_that_an_architecture_would_pass_over_is_refused(tiny_config, tiny_checkpoint, tmp_path):
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertForSequenceClassification

    config = DistilBertConfig(vocab_size=90, dim=16, n_layers=1, n_heads=2, hidden_dim=32)
    DistilBertForSequenceClassification(config).save_pretrained(tmp_path / "base")
    AutoTokenizer.from_pretrained(tiny_checkpoint).save_pretrained(tmp_path / "base")
    with pytest.raises(ConfigError, match="no hidden_dropout_prob; leave"):
        train(varied(tiny_config, tmp_path / "run", model={"base": str(tmp_path / "base"), "dropout": 0.1}))


def test_a_share_of_the_starting_weights_stays(tiny_config, tiny_run, tmp_path):
    settings = {"epochs": 1, "learning_rate": 1e-2}
    plain = train(varied(tiny_config, tmp_path / "plain", model={"base": str(tiny_run)}, optimisation=settings))
    mixed = train(
        varied(tiny_config, tmp_path / "mixed", model={"base": str(tiny_run)}, optimisation={**settings, "start_share": 0.75})
    )
    start, end, found = (load_file(run / WEIGHTS) for run in (tiny_run, plain, mixed))
    assert not torch.equal(start["classifier.weight"], end["classifier.weight"])
    for name, value in found.items():
        assert torch.allclose(value, 0.75 * start[name] + 0.25 * end[name], atol=1e-6), name
    # What is written is what was judged.
    model = AutoModelForSequenceClassification.from_pretrained(mixed / "checkpoint")
    rows = read_training_data(tiny_config.data, 1).validation
    logits = classify(model, AutoTokenizer.from_pretrained(mixed / "checkpoint"), [row.text for row in rows], 32)
    accuracy = (logits.argmax(axis=1) == [row.target for row in rows]).mean()
    assert results_of(mixed)["validation"]["accuracy"] == pytest.approx(accuracy)


def test_runs_of_several_seeds_are_averaged_into_one_that_can_be_exported(tiny_config, tiny_run, tmp_path, capsys):
    # Seeds that start from the same trained weights, as a soup needs: two random heads have nothing in common.
    runs = [
        train(varied(tiny_config, tmp_path / str(s), seed=s, model={"base": str(tiny_run)}, optimisation={"epochs": 1}))
        for s in (1, 2)
    ]
    app(["average", *map(str, runs), "--output", str(tmp_path / "soup")], standalone_mode=False)
    assert "validation macro-F1" in capsys.readouterr().out
    one, two, soup = (load_file(run / WEIGHTS)["classifier.weight"] for run in (*runs, tmp_path / "soup"))
    assert torch.allclose(soup, (one + two) / 2, atol=1e-6)
    results = results_of(tmp_path / "soup")
    assert [part["seed"] for part in results["averaged"].values()] == [1, 2]
    config = read_run(tmp_path / "soup").config
    assert [config.seed, *config.average_seeds] == [1, 2]
    assert results["validation"]["macro_f1"] > 0.9
    assert results["base"] == tiny_config.model.base
    assert export(tmp_path / "soup", tmp_path / "bundle").manifest.metrics["validation"]["macro_f1"] > 0.9
    with pytest.raises(ConfigError, match="two or more different runs"):
        average([runs[0], runs[0]], tmp_path / "x")
    with pytest.raises(ConfigError, match="holds a run of"):
        average([runs[1], runs[0]], tmp_path / "soup")
    with pytest.raises(BundleError, match="differ in base_sha256"):
        average([*runs, tiny_run], tmp_path / "x")


def test_a_configuration_with_several_seeds_is_trained_with_each_and_averaged(tiny_config, tmp_path):
    config = varied(tiny_config, tmp_path / "run", average_seeds=[2])
    run = train(config)
    one, two, soup = (
        load_file(path / WEIGHTS)["classifier.weight"] for path in (Path(f"{run}-{tiny_config.seed}"), Path(f"{run}-2"), run)
    )
    assert not torch.equal(one, two)
    assert torch.allclose(soup, (one + two) / 2, atol=1e-6)
    # Heads that are drawn anew for each run start the same, or their mean would be no head.
    assert results_of(run)["validation"]["macro_f1"] > 0.9
    assert read_run(run).config == config
    assert train(config) == run


def test_seeds_trained_side_by_side_on_a_core_each_are_averaged_by_the_run_that_names_them(tiny_config, tmp_path):
    data = {"train": [str(write_rows(tmp_path / "train.jsonl", 30))]}
    config = varied(tiny_config, tmp_path / "run", data=data, average_seeds=[2], optimisation={"epochs": 1, "threads": None})
    for seed in (config.seed, 2):
        train(varied(config, tmp_path / f"run-{seed}", seed=seed, average_seeds=[], optimisation={"threads": 1}))
    assert len(results_of(train(config))["averaged"]) == 2


def test_seeds_that_are_not_different_cannot_be_averaged(tiny_config, tmp_path):
    with pytest.raises(ValueError, match="must be different seeds"):
        varied(tiny_config, tmp_path, average_seeds=[tiny_config.seed])
    with pytest.raises(ValueError, match=r"goes with data\.validation"):
        varied(tiny_config, tmp_path, average_seeds=[1], data={"validation": [], "validation_share": 0.2})


def test_runs_that_do_not_fit_together_are_not_averaged(tiny_config, tiny_run, tmp_path):
    with pytest.raises(BundleError, match="is no finished run"):
        average([tiny_run, tmp_path], tmp_path / "soup")
    other = train(
        varied(
            tiny_config, tmp_path / "o", data={"train": [str(write_rows(tmp_path / "o.jsonl", 30))]}, optimisation={"epochs": 1}
        )
    )
    with pytest.raises(BundleError, match="differ in data"):
        average([tiny_run, other], tmp_path / "soup")
    model = AutoModelForSequenceClassification.from_pretrained(
        tiny_run / "checkpoint", num_labels=2, ignore_mismatched_sizes=True
    )
    model.save_pretrained(tmp_path / "two")
    with pytest.raises(BundleError, match="different architectures"):
        mean_weights([tiny_run / WEIGHTS, tmp_path / "two" / "model.safetensors"])


@pytest.mark.parametrize(
    ("config", "results", "message"),
    [
        ({"model": {"layers": [1]}}, {}, "differ in model"),
        ({"pooling": {"texts": ["pool.jsonl"]}}, {}, "differ in pooling"),
        # A name says little: a run may have been trained anew, and both go back to the same encoder.
        ({}, {"base_sha256": "0f"}, "differ in base_sha256"),
        ({"model": {"base": "runs/other"}}, {"base_sha256": None}, "differ in base_sha256"),
    ],
)
def test_runs_that_started_from_other_weights_of_the_same_shapes_are_not_averaged(tiny_run, tmp_path, config, results, message):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    found = {**results_of(run), **results}
    (run / "results.json").write_text(json.dumps({name: value for name, value in found.items() if value is not None}))
    (run / "config.yaml").write_text(yaml.safe_dump(varied(read_run(run).config, run, **config).model_dump()))
    with pytest.raises(BundleError, match=message):
        average([tiny_run, run], tmp_path / "soup")


def test_a_run_of_an_earlier_version_can_still_be_averaged(tiny_run, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    results = results_of(run)
    del results["base_sha256"]
    (run / "results.json").write_text(json.dumps(results))
    assert average([tiny_run, run], tmp_path / "soup").results["averaged"][str(run)]["seed"] == results["seed"]


def test_the_best_epochs_are_taken_by_their_figure_and_the_last_ones_without_one(tmp_path):
    history = [{"step": step, "eval_macro_f1": figure} for step, figure in ((9, 0.5), (18, 0.9), (100, 0.7))]
    for name, records in (("figures", history), ("none", [])):
        for step in (9, 18, 100):
            folder = tmp_path / name / f"checkpoint-{step}"
            folder.mkdir(parents=True)
            (folder / "trainer_state.json").write_text(json.dumps({"log_history": records}))
    assert [path.parent.name for path in best_epochs(tmp_path / "figures", 2)] == ["checkpoint-18", "checkpoint-100"]
    assert [path.parent.name for path in best_epochs(tmp_path / "none", 2)] == ["checkpoint-18", "checkpoint-100"]
    assert [path.parent.name for path in best_epochs(tmp_path / "figures", 1)] == ["checkpoint-18"]
