"""A student that learns from teachers, on encoders of random weights."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from transformers import AutoModelForSequenceClassification

from escalate.bundle import load
from escalate.calibration import softmax
from escalate.errors import BundleError
from escalate.labels import LABELS
from escalate.training.distillation import teach, teacher_hash
from escalate.training.sections import DistillationConfig
from escalate.training.train import train
from tests.conftest import write_rows
from tests.training.parts import results_of, varied

TEXTS = ["alpha rebels fired.", "the truce beta.", "gamma river village on monday near the capital."]


def asked(teachers, kept, texts=TEXTS, labels=LABELS, precision=None, **settings):
    return teach(texts, DistillationConfig(teachers=[str(name) for name in teachers], **settings), labels, 32, kept, precision)


def test_a_teacher_is_a_run_a_checkpoint_or_a_bundle(tiny_run, tiny_bundle, tmp_path):
    by_run, hashes = asked([tiny_run], tmp_path / "a", temperature=1.0)
    by_checkpoint, _ = asked([tiny_run / "checkpoint"], tmp_path / "b", temperature=1.0)
    by_bundle, _ = asked([tiny_bundle], tmp_path / "c", temperature=1.0)
    assert by_run.shape == (3, 3)
    assert by_run.sum(axis=1) == pytest.approx([1, 1, 1])
    assert np.array_equal(by_run, by_checkpoint)
    assert by_bundle.argmax(axis=1).tolist() == by_run.argmax(axis=1).tolist() == [0, 1, 2]
    assert len(hashes[str(tiny_run)]) == 64


def test_a_name_stands_for_the_bundle_in_the_package_whatever_lies_in_the_working_directory(tiny_run, tmp_path, monkeypatch):
    shutil.copytree(tiny_run / "checkpoint", tmp_path / "tiny")
    monkeypatch.chdir(tmp_path)
    assert teacher_hash("tiny") == load("tiny").sha256 != teacher_hash("./tiny")


def test_halves_of_characters_are_read_as_in_prediction(tiny_bundle, tmp_path):
    odd = [text.replace(" ", " \ud83d ") for text in TEXTS]
    assert np.array_equal(asked([tiny_bundle], tmp_path / "a", odd)[0], asked([tiny_bundle], tmp_path / "b")[0])


def test_a_temperature_softens_and_several_teachers_are_averaged(tiny_run, tiny_bundle, tmp_path):
    sharp, soft = (asked([tiny_run], tmp_path / str(t), temperature=t)[0] for t in (1.0, 4.0))
    assert (soft.max(axis=1) < sharp.max(axis=1)).all()
    both, _ = asked([tiny_run, tiny_bundle], tmp_path / "both", temperature=4.0)
    assert both == pytest.approx((soft + asked([tiny_bundle], tmp_path / "one", temperature=4.0)[0]) / 2, abs=1e-6)


def test_in_bfloat16_a_teacher_says_nearly_the_same(tiny_run, tmp_path):
    wide, narrow = (asked([tiny_run], tmp_path, precision=precision)[0] for precision in (None, "bf16"))
    assert 0 < np.abs(wide - narrow).max() < 0.05


def test_outputs_are_put_into_the_order_of_the_students_labels(tiny_run, tmp_path):
    turned = asked([tiny_run], tmp_path / "turned", labels=LABELS[::-1])[0]
    assert np.array_equal(turned[:, ::-1], asked([tiny_run], tmp_path / "own")[0])


def test_what_was_said_is_kept_for_the_same_teacher_texts_and_precision(tiny_run, tmp_path):
    before = asked([tiny_run], tmp_path)[0]
    (file,) = tmp_path.iterdir()
    written = file.stat().st_mtime_ns
    assert np.array_equal(asked([tiny_run], tmp_path, weight=0.5)[0], before)
    assert [(path, path.stat().st_mtime_ns) for path in tmp_path.iterdir()] == [(file, written)]
    assert asked([tiny_run], tmp_path, texts=TEXTS[:2])[0].shape == (2, 3)
    asked([tiny_run], tmp_path, precision="bf16")
    assert len(list(tmp_path.iterdir())) == 3
    file.write_bytes(b"broken")
    with pytest.raises(BundleError, match="remove it, and the teacher is asked again"):
        asked([tiny_run], tmp_path)


def test_a_teacher_that_is_missing_or_knows_other_labels_is_refused(tiny_run, tmp_path):
    with pytest.raises(BundleError, match=r"no teacher 'runs/none'.*train it first"):
        asked(["runs/none"], tmp_path)
    with pytest.raises(BundleError, match="cannot teach a, b, c"):
        asked([tiny_run], tmp_path, labels=["a", "b", "c"])


def test_a_student_of_half_the_layers_learns_from_texts_without_labels(tiny_config, tiny_run, tmp_path):
    # One labelled row of each class and many texts: what the student knows, it has from the teacher.
    pool = tmp_path / "pool.jsonl"
    rows = [json.loads(line)["text"] for line in write_rows(tmp_path / "rows.jsonl", 600, seed=5).read_text().splitlines()]
    pool.write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    config = varied(
        tiny_config,
        tmp_path / "student",
        model={"base": str(tiny_run), "layers": [1]},
        data={"train": [str(write_rows(tmp_path / "few.jsonl", 3))]},
        distillation={"teachers": [str(tiny_run)], "texts": [str(pool)], "limit": 500},
        optimisation={"learning_rate": 1e-3, "patience": 5},
    )
    student = train(config)
    results = results_of(student)
    assert results["rows"] == {"train": 3, "validation": 90, "unlabelled": 500}
    assert results["validation"]["macro_f1"] > results_of(tiny_run)["validation"]["macro_f1"] - 0.02
    assert {str(tiny_run), str(pool)} <= set(results["data"])
    # The base of the base, not a path of this machine.
    assert results["base"] == tiny_config.model.base
    assert not (student / "teachers").exists()
    model = AutoModelForSequenceClassification.from_pretrained(student / "checkpoint")
    assert model.config.num_hidden_layers == len(model.bert.encoder.layer) == 1


def test_a_killed_run_finds_what_the_teachers_said(tiny_config, tiny_run, tmp_path):
    texts = [json.loads(line)["text"] for line in Path(tiny_config.data.train[0]).read_text().splitlines()]
    asked([tiny_run], tmp_path / "run" / "teachers", texts=texts)
    config = varied(tiny_config, tmp_path / "run", distillation={"teachers": [str(tiny_run)]}, optimisation={"epochs": 1})
    assert "reads" not in (train(config) / "train.log").read_text()


def test_softmax_of_the_same_logits_is_what_is_averaged(tiny_run, tmp_path):
    from safetensors.numpy import load_file

    said, _ = asked([tiny_run], tmp_path, temperature=3.0)
    (file,) = tmp_path.iterdir()
    assert said == pytest.approx(softmax(load_file(file)["logits"], 3.0), abs=1e-6)
