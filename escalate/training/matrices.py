"""int8 matrices and activations, in a form that keeps the labels.

A network that reads several texts at once has one scale for each activation, found on typical texts: a scale found as the
network runs would be that of the text with the largest value, and what a text is told would depend on its company. A network
of one text at a time keeps such dynamic scales; they ask nothing of an architecture that is not known here.

Three measures against what plain quantisation loses:

* Scales of input channels are moved from the activations into the weights (SmoothQuant, Xiao et al., ICML 2023).
* The few channels whose largest activation times largest weight stands out stay in float32 (LLM.int8(), Dettmers et al., 2022).
* A column's scale is the finest at which no two neighbouring weights can overflow: AVX2 adds their products with an unsigned
  activation in 16 bits, and would cut off what does not fit. Most columns come to nearly 8 bits, where a plain bound needs 7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_DOMAIN: Final = "com.microsoft"
_STANDS_OUT: Final = 5.0
_QUIET: Final = 0.1
_MOST_CHANNELS: Final = 32
_TINY: Final = 1e-5
# A scale covers the largest values of so many typical texts; what sticks out in the rest is cut, and all others gain.
_COVERED: Final = 0.95
_STEPS: Final = 255

Floats = NDArray[np.float32]


class _Reached(NamedTuple):
    """The lowest and the highest value of each channel in each text, both of shape (texts, channels)."""

    lowest: Floats
    highest: Floats

    def range_of(self, factors: Floats) -> tuple[float, float]:
        """Return the range from below 0 to above 0 that covers most texts, for channels multiplied by factors of 0 or more."""
        low = np.minimum((self.lowest * factors).min(axis=1), 0)
        high = np.maximum((self.highest * factors).max(axis=1), _TINY)
        return float(np.quantile(low, 1 - _COVERED)), float(np.quantile(high, _COVERED))


def quantise_matrices(model: onnx.ModelProto, token_ids: Sequence[Sequence[int]]) -> None:
    """Replace each product with a constant matrix by one in int8, in place.

    Args:
        model: A network with the input `input_ids` (texts, tokens), or (1, tokens) for one text at a time.
        token_ids: Typical texts, which show how large the activations become; a network of one text at a time does without,
            and channels are then taken to be alike.

    Raises:
        ValueError: If a network of several texts is given without typical ones.
    """
    graph = model.graph
    together = graph.input[0].type.tensor_type.shape.dim[0].dim_value != 1
    if together and not token_ids:
        raise ValueError("a network that reads several texts at once needs typical ones to find its scales")
    matrices = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer if len(tensor.dims) == 2}
    reached = _reached(model, [node.input[0] for node in graph.node if _is_product(node, matrices)], token_ids)
    biases = _biases(
        graph, {node.output[0]: matrices[node.input[1]].shape[1] for node in graph.node if _is_product(node, matrices)}
    )
    nodes, added = [], set()
    for node in graph.node:
        if _is_product(node, matrices):
            weights = matrices[node.input[1]]
            bias, output = biases.get(node.output[0], ("", node.output[0]))
            one = np.ones((1, len(weights)), np.float32)
            nodes += _product(
                graph, node, weights, reached.get(node.input[0], _Reached(-one, one)), bias, output, fixed=together
            )
            added.add(output)
        elif node.output[0] not in added:
            nodes.append(node)
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)
    if not any(opset.domain == _DOMAIN for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid(_DOMAIN, 1))


def column_scales(weights: Floats) -> Floats:
    """Return the finest int8 scale of each column at which the products of a pair of rows fit into 16 bits.

    Args:
        weights: Shape (k, n).

    Returns:
        Shape (n,).
    """
    pairs = weights[: len(weights) // 2 * 2].reshape(-1, 2, weights.shape[1])
    sums = [np.maximum(sign * pairs, 0).sum(axis=1).max(axis=0, initial=0) for sign in (1, -1)]
    # 255 times 128 fits; each of the two is rounded by a half at most.
    return np.asarray(np.maximum(np.maximum(*sums), np.abs(weights).max(axis=0)).clip(_TINY) / 127, dtype=np.float32)


def _is_product(node: onnx.NodeProto, matrices: dict[str, Floats]) -> bool:
    return node.op_type == "MatMul" and node.input[1] in matrices


def _biases(graph: onnx.GraphProto, widths: dict[str, int]) -> dict[str, tuple[str, str]]:
    """Return for each product whose only use is a sum with a constant row of its width: the row, and the name of the sum."""
    rows = {tensor.name: tensor.dims[0] for tensor in graph.initializer if len(tensor.dims) == 1}
    uses = Counter(name for node in graph.node for name in node.input)
    uses.update(output.name for output in graph.output)
    found = {}
    for node in graph.node:
        if node.op_type == "Add":
            for source, row in (node.input, reversed(node.input)):
                if source in widths and rows.get(row) == widths[source] and uses[source] == 1:
                    found[source] = (row, node.output[0])
    return found


def _reached(model: onnx.ModelProto, names: Sequence[str], token_ids: Sequence[Sequence[int]]) -> dict[str, _Reached]:
    """Return what the channels of some tensors reach in each text."""
    if not names or not token_ids:
        return {}
    names = list(dict.fromkeys(names))
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend([helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names])
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    found: dict[str, list[tuple[Floats, Floats]]] = {name: [] for name in names}
    for ids in token_ids:
        for name, value in zip(names, session.run(names, {"input_ids": np.asarray([ids], dtype=np.int64)}), strict=True):
            rows = value.reshape(-1, value.shape[-1])
            found[name].append((rows.min(axis=0), rows.max(axis=0)))
    return {name: _Reached(*(np.stack(part) for part in zip(*values, strict=True))) for name, values in found.items()}


def _product(
    graph: onnx.GraphProto, node: onnx.NodeProto, weights: Floats, reached: _Reached, bias: str, output: str, *, fixed: bool
) -> list[onnx.NodeProto]:
    """Return the nodes that stand for a product and, where there is one, the bias that is added to it."""
    source = node.input[0]

    def keep(part: str, values: NDArray[Any]) -> str:
        graph.initializer.append(numpy_helper.from_array(values, f"{output}_{part}"))
        return f"{output}_{part}"

    largest = np.maximum(-reached.lowest, reached.highest).max(axis=0)
    products = largest * np.abs(weights).max(axis=1)
    ranked = np.argsort(-products)[:_MOST_CHANNELS]
    apart = ranked[products[ranked] > _STANDS_OUT * np.median(products)]
    # A channel that no typical text moves may move all the same, and must not set the scale of the others then.
    smooth = np.sqrt(largest.clip(max(_TINY, _QUIET * float(np.median(largest))))).astype(np.float32)
    smoothed, shrink = weights * smooth[:, None], 1 / smooth
    smoothed[apart], shrink[apart] = 0, 0
    scales = column_scales(smoothed)
    integers = keep("int8", np.rint(smoothed / scales).astype(np.int8))
    by_column = keep("scales", scales), keep("zeros", np.zeros(len(scales), np.int8))
    main = f"{output}_main" if len(apart) else output
    biases = [bias] if bias else []
    smooth_source = f"{output}_smooth"
    nodes = [helper.make_node("Mul", [source, keep("shrink", shrink)], [smooth_source])]
    if fixed:
        low, high = reached.range_of(shrink)
        scale = keep("scale", np.array((high - low) / _STEPS, np.float32))
        zero = keep("zero", np.rint(np.array(-low * _STEPS / (high - low))).astype(np.uint8))
        quantised = f"{output}_quantised"
        inputs = [quantised, integers, scale, by_column[0], zero, by_column[1], *biases]
        nodes += [
            helper.make_node("QuantizeLinear", [smooth_source, scale, zero], [quantised]),
            helper.make_node("MatMulIntegerToFloat", inputs, [main], domain=_DOMAIN),
        ]
    else:
        inputs = [smooth_source, integers, *by_column, *biases]
        nodes.append(helper.make_node("DynamicQuantizeMatMul", inputs, [main], domain=_DOMAIN))
    if len(apart):
        nodes += [
            helper.make_node("Gather", [source, keep("channels", apart.astype(np.int64))], [f"{output}_few"], axis=-1),
            helper.make_node("MatMul", [f"{output}_few", keep("float", weights[apart])], [f"{output}_rest"]),
            helper.make_node("Add", [main, f"{output}_rest"], [output]),
        ]
    return nodes
