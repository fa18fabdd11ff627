import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification

from escalate.errors import ConfigError
from escalate.training.export import _export_whole
from escalate.training.network import known, network


def _says(model, ids):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"input_ids": np.asarray([ids], dtype=np.int64)})[0]


@pytest.fixture(scope="module")
def model(tiny_checkpoint):
    return AutoModelForSequenceClassification.from_pretrained(tiny_checkpoint).eval()


@pytest.mark.parametrize("length", [3, 4, 17, 64])
def test_the_written_network_says_what_torch_says(model, length):
    ids = [2, *(5 + place % 20 for place in range(length - 2)), 3]
    with torch.inference_mode():
        expected = model(input_ids=torch.tensor([ids])).logits.numpy()
    assert _says(network(model, 64), ids) == pytest.approx(expected, abs=1e-4)


def test_a_network_of_one_layer_is_written_too():
    torch.manual_seed(0)
    config = BertConfig(vocab_size=30, hidden_size=16, num_attention_heads=2, intermediate_size=32, num_hidden_layers=1)
    config.num_labels = 3
    model = BertForSequenceClassification(config).eval()
    with torch.inference_mode():
        expected = model(input_ids=torch.tensor([[2, 9, 8, 3]])).logits.numpy()
    assert _says(network(model, 4), [2, 9, 8, 3]) == pytest.approx(expected, abs=1e-4)


def test_another_activation_is_left_to_the_exporter(tiny_checkpoint):
    other = AutoModelForSequenceClassification.from_pretrained(tiny_checkpoint, hidden_act="relu").eval()
    assert not known(other)
    with pytest.raises(ConfigError, match="cannot be written operator by operator"):
        network(other, 64)


def test_both_ways_of_export_say_the_same(model, tmp_path):
    _export_whole(AutoModelForSequenceClassification.from_pretrained(model.name_or_path).eval(), tmp_path / "whole.onnx")
    ids = [2, 5, 11, 6, 3]
    assert _says(onnx.load(tmp_path / "whole.onnx"), ids) == pytest.approx(_says(network(model, 64), ids), abs=1e-4)
