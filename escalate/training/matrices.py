"""int8 matrices with activations quantised as the network runs, in a form that keeps the labels.

Three measures against what plain dynamic quantisation loses:

* Scales of input channels are moved from the activations into the weights (SmoothQuant, Xiao et al., ICML 2023).
* The few channels whose largest activation times largest weight stands out stay in float32 (LLM.int8(), Dettmers et al., 2022).
* A column's scale is the finest at which no two neighbouring weights can overflow: AVX2 adds their products with an unsigned
  activation in 16 bits, and would cut off what does not fit. Most columns come to nearly 8 bits, where a plain bound needs 7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

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

Floats = NDArray[np.float32]


def quantise_matrices(model: onnx.ModelProto, token_ids: Sequence[Sequence[int]]) -> None:
    """Replace each product with a constant matrix by one in int8, in place.

    Args:
        model: A network with the input `input_ids` (1, tokens).
        token_ids: Typical texts, which show how large the activations become; without any, channels are taken to be alike.
    """
    graph = model.graph
    matrices = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer if len(tensor.dims) == 2}
    largest = _largest(model, [node.input[0] for node in graph.node if _is_product(node, matrices)], token_ids)
    biases = _biases(
        graph, {node.output[0]: matrices[node.input[1]].shape[1] for node in graph.node if _is_product(node, matrices)}
    )
    nodes, added = [], set()
    for node in graph.node:
        if _is_product(node, matrices):
            weights = matrices[node.input[1]]
            bias, output = biases.get(node.output[0], ("", node.output[0]))
            nodes += _product(graph, node, weights, largest.get(node.input[0], np.ones(len(weights), np.float32)), bias, output)
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


def _largest(model: onnx.ModelProto, names: Sequence[str], token_ids: Sequence[Sequence[int]]) -> dict[str, Floats]:
    """Return the largest value of each channel of some tensors over all texts and tokens."""
    if not names or not token_ids:
        return {}
    names = list(dict.fromkeys(names))
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend([helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names])
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    found: dict[str, Any] = dict.fromkeys(names, 0.0)
    for ids in token_ids:
        for name, value in zip(names, session.run(names, {"input_ids": np.asarray([ids], dtype=np.int64)}), strict=True):
            found[name] = np.maximum(found[name], np.abs(value).reshape(-1, value.shape[-1]).max(axis=0))
    return found


def _product(
    graph: onnx.GraphProto, node: onnx.NodeProto, weights: Floats, largest: Floats, bias: str, output: str
) -> list[onnx.NodeProto]:
    """Return the nodes that stand for a product and, where there is one, the bias that is added to it."""
    source = node.input[0]

    def keep(part: str, values: NDArray[Any]) -> str:
        graph.initializer.append(numpy_helper.from_array(values, f"{output}_{part}"))
        return f"{output}_{part}"

    products = largest * np.abs(weights).max(axis=1)
    ranked = np.argsort(-products)[:_MOST_CHANNELS]
    apart = ranked[products[ranked] > _STANDS_OUT * np.median(products)]
    # A channel that no typical text moves may move all the same, and must not set the scale of the others then.
    smooth = np.sqrt(largest.clip(max(_TINY, _QUIET * float(np.median(largest))))).astype(np.float32)
    smoothed, shrink = weights * smooth[:, None], 1 / smooth
    smoothed[apart], shrink[apart] = 0, 0
    scales = column_scales(smoothed)
    integers = [
        keep("int8", np.rint(smoothed / scales).astype(np.int8)),
        keep("scales", scales),
        keep("zeros", np.zeros(len(scales), np.int8)),
    ]
    main = f"{output}_main" if len(apart) else output
    nodes = [
        helper.make_node("Mul", [source, keep("shrink", shrink)], [f"{output}_smooth"]),
        helper.make_node(
            "DynamicQuantizeMatMul", [f"{output}_smooth", *integers, *([bias] if bias else [])], [main], domain=_DOMAIN
        ),
    ]
    if len(apart):
        nodes += [
            helper.make_node("Gather", [source, keep("channels", apart.astype(np.int64))], [f"{output}_few"], axis=-1),
            helper.make_node("MatMul", [f"{output}_few", keep("float", weights[apart])], [f"{output}_rest"]),
            helper.make_node("Add", [main, f"{output}_rest"], [output]),
        ]
    return nodes
