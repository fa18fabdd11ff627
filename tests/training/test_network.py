import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification

from escalate.errors import ConfigError
from escalate.training.export import _export_whole
from escalate.training.matrices import column_scales, quantise_matrices
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
    assert _says(network(model), ids) == pytest.approx(expected, abs=1e-4)


def test_a_network_of_one_layer_is_written_too():
    torch.manual_seed(0)
    config = BertConfig(vocab_size=30, hidden_size=16, num_attention_heads=2, intermediate_size=32, num_hidden_layers=1)
    config.num_labels = 3
    model = BertForSequenceClassification(config).eval()
    with torch.inference_mode():
        expected = model(input_ids=torch.tensor([[2, 9, 8, 3]])).logits.numpy()
    assert _says(network(model), [2, 9, 8, 3]) == pytest.approx(expected, abs=1e-4)


def test_another_activation_is_left_to_the_exporter(tiny_checkpoint):
    other = AutoModelForSequenceClassification.from_pretrained(tiny_checkpoint, hidden_act="relu").eval()
    assert not known(other)
    with pytest.raises(ConfigError, match="cannot be written operator by operator"):
        network(other)


def test_both_ways_of_export_say_the_same(model, tmp_path):
    _export_whole(AutoModelForSequenceClassification.from_pretrained(model.name_or_path).eval(), tmp_path / "whole.onnx")
    ids = [2, 5, 11, 6, 3]
    assert _says(onnx.load(tmp_path / "whole.onnx"), ids) == pytest.approx(_says(network(model), ids), abs=1e-4)


def test_no_pair_of_weights_overflows_16_bits_whatever_the_activations():
    generator = np.random.default_rng(0)
    for weights in (generator.normal(size=(384, 64)), np.ones((7, 4)), np.zeros((4, 2)), generator.normal(size=(64, 8)) ** 5):
        integers = np.rint(weights / column_scales(weights.astype(np.float32)))
        pairs = integers[: len(integers) // 2 * 2].reshape(-1, 2, integers.shape[1])
        assert np.abs(integers).max() <= 127
        assert 255 * np.maximum(pairs, 0).sum(axis=1).max() <= 32767
        assert 255 * np.minimum(pairs, 0).sum(axis=1).min() >= -32768


def test_a_channel_that_stands_out_costs_the_others_nothing():
    generator = np.random.default_rng(0)
    table = generator.normal(size=(50, 32)).astype(np.float32)
    table[:, 7] *= 300
    weights = generator.normal(size=(32, 16)).astype(np.float32)
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            [
                onnx.helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
                onnx.helper.make_node("MatMul", ["rows", "weights"], ["logits"]),
            ],
            "product",
            [onnx.helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, [1, "n"])],
            [onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [1, "n", 16])],
            [onnx.numpy_helper.from_array(table, "table"), onnx.numpy_helper.from_array(weights, "weights")],
        ),
        opset_imports=[onnx.helper.make_opsetid("", 20)],
        ir_version=9,
    )
    quantise_matrices(model, [list(range(50))])
    expected = table @ weights
    error = np.abs(_says(model, list(range(50)))[0] - expected).max()
    assert error < 0.3
    assert any(node.op_type == "DynamicQuantizeMatMul" for node in model.graph.node)
