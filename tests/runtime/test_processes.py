"""A loaded model in other processes: forked ones share it, all others load its files again."""

import multiprocessing
import pickle
import subprocess
import sys

import datasets
import pytest

from escalate.predict import Predictor

TEXTS = ["Rebels shelled the capital.", "The foreign ministers signed the truce.", "Parliament meets on Tuesday."]


@pytest.fixture(scope="module")
def predictor():
    found = Predictor.load("tiny", threads=2)
    found.predict(TEXTS)  # its threads are running from here on
    return found


def test_a_forked_process_goes_on_with_a_model_that_was_in_use(predictor):
    expected = predictor.predict(TEXTS)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(predictor.predict(TEXTS)))
    child.start()
    try:
        assert receiver.poll(60), "the forked process does not answer"
        assert receiver.recv() == expected
    finally:
        child.kill()
        child.join()
    assert predictor.predict(TEXTS) == expected


@pytest.mark.parametrize("backend", ["onnx", "torch"])
def test_a_pickled_model_says_the_same(predictor, backend):
    loaded = Predictor.load("tiny", backend=backend, device="cpu", abstain_below=0.5)
    again = pickle.loads(pickle.dumps(loaded))
    assert again.predict(TEXTS) == loaded.predict(TEXTS)
    assert again.bundle == loaded.bundle
    assert again.abstain_below == 0.5
    assert len(pickle.dumps(loaded)) < 10_000_000  # its files are not in it


def test_a_relative_path_is_found_from_elsewhere(predictor, tmp_path, monkeypatch):
    monkeypatch.chdir(predictor.bundle.path.parent)
    (tmp_path / "pickle").write_bytes(pickle.dumps(Predictor.load("./tiny")))
    command = f"import pickle; print(pickle.load(open('pickle', 'rb')).predict({TEXTS!r})[0].label)"
    found = subprocess.run([sys.executable, "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == predictor.predict(TEXTS)[0].label


def test_a_dataset_is_mapped_by_several_processes(predictor):
    dataset = datasets.Dataset.from_dict({"text": TEXTS * 4})
    scored = dataset.map(
        lambda batch: {"label": [found.label for found in predictor.predict(batch["text"])]},
        batched=True, batch_size=3, num_proc=2,
    )  # fmt: skip
    assert list(scored["label"]) == [found.label for found in predictor.predict(TEXTS * 4)]
