import numpy as np
import onnx
import onnxruntime
import pytest

from escalate.training.matrices import column_scales, quantise_matrices


def product(table, weights, texts: int | str = 1):
    """Return a network that looks rows up and multiplies them by weights; for one text at a time, or "texts" of one length."""
    return onnx.helper.make_model(
        onnx.helper.make_graph(
            [
                onnx.helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
                onnx.helper.make_node("MatMul", ["rows", "weights"], ["logits"]),
            ],
            "product",
            [onnx.helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, [texts, "n"])],
            [onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [texts, "n", weights.shape[1]])],
            [onnx.numpy_helper.from_array(table, "table"), onnx.numpy_helper.from_array(weights, "weights")],
        ),
        opset_imports=[onnx.helper.make_opsetid("", 20)],
        ir_version=9,
    )


def said(model, *ids):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, {"input_ids": np.asarray(ids, dtype=np.int64)})[0]
    return found[0] if len(ids) == 1 else found


def drawn():
    generator = np.random.default_rng(0)
    return generator.normal(size=(50, 32)).astype(np.float32), generator.normal(size=(32, 16)).astype(np.float32)


def test_no_pair_of_weights_overflows_16_bits_whatever_the_activations():
    generator = np.random.default_rng(0)
    for weights in (generator.normal(size=(384, 64)), np.ones((7, 4)), np.zeros((4, 2)), generator.normal(size=(64, 8)) ** 5):
        integers = np.rint(weights / column_scales(weights.astype(np.float32)))
        pairs = integers[: len(integers) // 2 * 2].reshape(-1, 2, integers.shape[1])
        assert np.abs(integers).max() <= 127
        assert 255 * np.maximum(pairs, 0).sum(axis=1).max() <= 32767
        assert 255 * np.minimum(pairs, 0).sum(axis=1).min() >= -32768


def test_a_channel_that_stands_out_costs_the_others_nothing():
    table, weights = drawn()
    table[:, 7] *= 300
    model = product(table, weights)
    quantise_matrices(model, [list(range(50))])
    assert np.abs(said(model, list(range(50))) - table @ weights).max() < 0.3
    # The channel that stands out goes through a product of its own in float32.
    assert {node.op_type for node in model.graph.node} >= {"DynamicQuantizeMatMul", "MatMul"}


def test_a_channel_that_no_typical_text_moves_does_not_drown_the_others_when_it_does_move():
    table, weights = drawn()
    table[:40, 7] = 0
    table[40:, 7] = 2
    model = product(table, weights)
    quantise_matrices(model, [list(range(40))])
    assert np.abs(said(model, list(range(40, 50))) - table[40:] @ weights).max() < 0.5


def test_a_bias_is_added_by_the_product_itself():
    table, weights = drawn()
    table[:, 7] *= 300
    bias = np.arange(16, dtype=np.float32)
    model = product(table, weights)
    model.graph.node[1].output[0] = "product"
    model.graph.node.append(onnx.helper.make_node("Add", ["bias", "product"], ["logits"]))
    model.graph.initializer.append(onnx.numpy_helper.from_array(bias, "bias"))
    quantise_matrices(model, [list(range(50))])
    assert np.abs(said(model, list(range(50))) - (table @ weights + bias)).max() < 0.3
    (quantised,) = (node for node in model.graph.node if node.op_type == "DynamicQuantizeMatMul")
    assert quantised.input[-1] == "bias"


def test_a_product_that_is_used_twice_keeps_its_sum():
    table, weights = drawn()
    model = product(table, weights)
    model.graph.node[1].output[0] = "product"
    model.graph.node.append(onnx.helper.make_node("Add", ["product", "bias"], ["sum"]))
    model.graph.node.append(onnx.helper.make_node("Mul", ["product", "sum"], ["logits"]))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(16, np.float32), "bias"))
    quantise_matrices(model, [list(range(50))])
    expected = (table @ weights) * (table @ weights + 1)
    assert np.abs(said(model, list(range(50))) - expected).max() < 0.05 * np.abs(expected).max()


def test_one_value_for_all_columns_is_not_taken_for_their_biases():
    table, weights = drawn()
    model = product(table, weights)
    model.graph.node[1].output[0] = "product"
    model.graph.node.append(onnx.helper.make_node("Add", ["product", "one"], ["logits"]))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(1, np.float32), "one"))
    quantise_matrices(model, [list(range(50))])
    assert {node.op_type for node in model.graph.node} >= {"DynamicQuantizeMatMul", "Add"}
    assert np.abs(said(model, list(range(50))) - (table @ weights + 1)).max() < 0.3


def test_several_texts_at_once_have_fixed_scales_so_that_none_depends_on_its_company():
    table, weights = drawn()
    table[49] *= 40  # a word that no typical text holds, and that would set a scale found as the network runs
    model = product(table, weights, "texts")
    quantise_matrices(model, [list(range(start, start + 8)) for start in range(0, 40, 4)])
    assert {node.op_type for node in model.graph.node} >= {"QuantizeLinear", "MatMulIntegerToFloat"}
    alone, loud = said(model, [3, 4, 5]), [49, 49, 49]
    np.testing.assert_array_equal(said(model, [3, 4, 5], loud)[0], alone)
    assert np.abs(alone - table[3:6] @ weights).max() < 0.3


def test_what_sticks_out_in_one_of_forty_texts_is_cut_and_costs_the_others_nothing():
    table, weights = drawn()
    table[49] = 40 * np.sign(weights[:, 0])
    quiet = [list(range(start, start + 8)) for start in range(39)]
    with_loud, without = product(table, weights, "texts"), product(table, weights, "texts")
    quantise_matrices(with_loud, [*quiet, [49, 49, 49]])
    quantise_matrices(without, quiet)
    scale, same = (
        next(onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer if tensor.name == "logits_scale")
        for model in (with_loud, without)
    )
    # Channels are smoothed by their largest values, so that the two scales are not quite the same.
    assert scale < 2 * same
    assert said(with_loud, [49])[0, 0] > said(with_loud, list(range(48)))[:, 0].max()


def test_several_texts_at_once_need_typical_ones():
    table, weights = drawn()
    with pytest.raises(ValueError, match="needs typical ones"):
        quantise_matrices(product(table, weights, "texts"), [])
