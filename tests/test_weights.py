"""A bundle's network as a checkpoint: it says the same, reads the same, and can be trained further."""

import numpy as np
import onnx
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from escalate.bundle import Bundle, load, save, shipped
from escalate.calibration import softmax
from escalate.errors import BundleError
from escalate.labels import LABELS
from escalate.model import find_checkpoint
from escalate.runtime.base import Tokenizer
from escalate.runtime.checkpoint import CheckpointRuntime
from escalate.runtime.onnx import OnnxRuntime
from escalate.runtime.torch import TorchRuntime
from escalate.training.network import network
from escalate.training.quantise import quantise
from escalate.training.run import origin
from escalate.training.train import train
from escalate.weights import checkpoint_of, write_checkpoint
from tests.training.parts import results_of, varied

NEWS = [
    "Rebels shelled the outskirts of the capital for a third night.",
    "Both armies stopped firing at midnight under the truce, and the two foreign ministers will meet in Geneva on Monday.",
    "",
    "Café Müller’s owner — 54, unhurt — said: «Nothing.»",
]


@pytest.mark.parametrize("name", shipped())
def test_the_checkpoint_of_a_shipped_bundle_says_what_the_bundle_says(name):
    bundle = load(name)
    ids = [tokens.ids for tokens in Tokenizer(bundle.tokenizer, bundle.manifest.max_tokens)(NEWS)]
    # Both in float32 with the same weights; the bundle's GELU is an approximation.
    np.testing.assert_allclose(
        CheckpointRuntime(checkpoint_of(bundle)).logits(ids), TorchRuntime(bundle.model, "cpu").logits(ids), atol=0.02
    )


def test_a_small_table_of_words_in_float32_is_read_too(tiny_bundle, tiny_run):
    found = AutoModelForSequenceClassification.from_pretrained(checkpoint_of(load(tiny_bundle))).state_dict()
    trained = AutoModelForSequenceClassification.from_pretrained(tiny_run / "checkpoint").state_dict()
    assert found.keys() == trained.keys()
    for name in found.keys() - {name for name in found if "position" in name or "token_type" in name}:
        # int8 with a scale a column: half a step is at most a 254th of the column's largest weight, smoothing aside.
        torch.testing.assert_close(found[name], trained[name], atol=float(trained[name].abs().max()) / 50, rtol=0)


def test_its_tokenizer_reads_as_the_bundle_does():
    bundle = load("tiny")
    tokenizer = AutoTokenizer.from_pretrained(checkpoint_of(bundle))
    assert tokenizer.model_max_length == bundle.manifest.max_tokens
    assert tokenizer(NEWS)["input_ids"] == [tokens.ids for tokens in Tokenizer(bundle.tokenizer, 256)(NEWS)]
    assert tokenizer.pad({"input_ids": [[101, 102], [101, 7, 102]]})["input_ids"][0] == [101, 102, tokenizer.pad_token_id]


def test_the_same_bundle_is_written_once_in_a_process():
    assert checkpoint_of(load("tiny")) == checkpoint_of(load("tiny")) == find_checkpoint("tiny")


@pytest.mark.parametrize("labels", [LABELS, sorted(LABELS)])
def test_a_run_that_starts_from_a_bundle_starts_where_it_ended(tiny_bundle, tiny_config, tiny_run, tmp_path, labels):
    idle = {"epochs": 1, "learning_rate": 1e-9}
    base, data = {"base": str(tiny_bundle)}, {"labels": list(labels)}
    again = train(varied(tiny_config, tmp_path / "run", model=base, data=data, optimisation=idle))
    assert results_of(again)["validation"]["macro_f1"] >= results_of(tiny_run)["validation"]["macro_f1"] - 0.02
    assert results_of(again)["base"] == origin(str(tiny_bundle)) == results_of(tiny_run)["base"]


def test_labels_of_ones_own_get_a_new_head(tiny_bundle, tiny_config, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("text,label\n" + "alpha army,war\ngamma river,peace\n" * 20)
    data = {"train": [str(rows)], "validation": [str(rows)], "labels": None, "allow_unlisted": True}
    run = train(varied(tiny_config, tmp_path / "run", model={"base": str(tiny_bundle)}, data=data))
    assert results_of(run)["labels"] == ["peace", "war"]
    assert results_of(run)["validation"]["macro_f1"] == 1


def test_a_checkpoint_on_disk_stays(tmp_path):
    write_checkpoint(load("tiny"), tmp_path / "mine")
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "mine")
    assert tuple(model.config.id2label.values()) == load("tiny").manifest.labels
    ids = AutoTokenizer.from_pretrained(tmp_path / "mine")(NEWS[0], return_tensors="pt")
    with torch.inference_mode():
        assert softmax(model(**ids).logits.numpy())[0].argmax() == 0


def test_another_network_is_refused_by_name(tiny_bundle, tmp_path):
    bundle = load(tiny_bundle)
    model = onnx.load(bundle.model)
    kept = [node for node in model.graph.node if node.op_type != "MultiHeadAttention"]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save(model, tmp_path / "other.onnx")
    other: Bundle = save(
        bundle.manifest, {"model.onnx": tmp_path / "other.onnx", "tokenizer.json": bundle.tokenizer}, tmp_path / "other"
    )
    with pytest.raises(BundleError, match=r"other: its network is not a BERT that escalate has written"):
        find_checkpoint(str(other.path))


def test_a_network_that_finds_its_scales_as_it_runs_is_read_too(tiny_run, tiny_bundle, tmp_path):
    checkpoint = tiny_run / "checkpoint"
    plain = network(AutoModelForSequenceClassification.from_pretrained(checkpoint).eval(), 32)
    for value in (*plain.graph.input, *plain.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1  # so bundles were before scales were fixed
    onnx.save(plain, tmp_path / "plain.onnx")
    quantise(tmp_path / "plain.onnx", tmp_path / "model.onnx")
    ids = [[2, 9, 8, 3], [2, 3], [2, *range(5, 30), 3]]
    said, expected = TorchRuntime(tmp_path / "model.onnx", "cpu").logits(ids), CheckpointRuntime(checkpoint).logits(ids)
    np.testing.assert_allclose(softmax(said), softmax(expected), atol=0.05)
    np.testing.assert_allclose(softmax(OnnxRuntime(tmp_path / "model.onnx").logits(ids)), softmax(expected), atol=0.05)
    tiny = load(tiny_bundle)
    files = {"model.onnx": tmp_path / "model.onnx", "tokenizer.json": tiny.tokenizer, "README.md": "A card."}
    bundle = save(tiny.manifest, files, tmp_path / "bundle")
    np.testing.assert_allclose(softmax(CheckpointRuntime(checkpoint_of(bundle)).logits(ids)), softmax(expected), atol=0.05)
    found = {node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node}
    assert "DynamicQuantizeMatMul" in found
    assert "QuantizeLinear" not in found
