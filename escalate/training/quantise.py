"""int8 weights for an ONNX encoder: matrices by column, see `matrices`, embeddings by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from escalate.training.matrices import quantise_matrices
from escalate.training.tables import BLOCK, in_four_bits

_FEW_BITS: Final = 4
_SMALLEST_TABLE: Final = 256
WORDS: Final = "input_ids"
"""The input that looks up the table of words."""


def quantise(source: Path, target: Path, token_ids: Sequence[Sequence[int]] = (), *, table_bits: int = 8) -> None:
    """Write a float32 network with int8 weights.

    Args:
        source: ONNX file of the float32 network.
        target: ONNX file to write.
        token_ids: A few hundred typical texts as token ids, which show how large the activations become.
        table_bits: Bits of a value in the table of words: 8, with a scale a row, or 4, with a scale every 32 values.

    Raises:
        ValueError: If a network of several texts at once is given without typical ones.
    """
    model = onnx.load(source)
    quantise_matrices(model, token_ids)
    _quantise_embeddings(model.graph, table_bits)
    for node in model.graph.node:
        if node.op_type == "BiasGelu":
            # By tanh instead of erf (Hendrycks and Gimpel, 2016): faster, and nearer than the steps of 8 bits.
            node.op_type = "FastGelu"
    onnx.save(model, target)


def _quantise_embeddings(graph: onnx.GraphProto, bits: int) -> None:
    """Replace each look-up in a float table of many rows by one in integers times scales."""
    tables = {tensor.name: tensor for tensor in graph.initializer}
    for node in list(graph.node):
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or table.data_type != onnx.TensorProto.FLOAT:
            continue
        few = bits == _FEW_BITS and node.input[1] == WORDS
        if table.dims[0] < _SMALLEST_TABLE and not few:
            continue
        values = numpy_helper.to_array(table)
        if few:
            _look_up_in_four_bits(graph, node, values)
            continue
        scales = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-8).astype(np.float32) / 127
        rows = np.rint(values / scales).astype(np.int8)
        name = node.output[0]
        names = {part: f"{name}_{part}" for part in ("int8", "scale", "rows", "floats", "scales")}
        graph.initializer.extend(
            [numpy_helper.from_array(rows, names["int8"]), numpy_helper.from_array(scales, names["scale"])]
        )
        place = list(graph.node).index(node)
        graph.node.remove(node)
        for new in (
            helper.make_node("Mul", [names["floats"], names["scales"]], [name]),
            helper.make_node("Gather", [names["scale"], node.input[1]], [names["scales"]]),
            helper.make_node("Cast", [names["rows"]], [names["floats"]], to=onnx.TensorProto.FLOAT),
            helper.make_node("Gather", [names["int8"], node.input[1]], [names["rows"]]),
        ):
            graph.node.insert(place, new)
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)


def _look_up_in_four_bits(graph: onnx.GraphProto, node: onnx.NodeProto, values: NDArray[np.float32]) -> None:
    """Replace a look-up by one in blocks of 4 bits, see `tables`."""
    integers, scales = in_four_bits(values)
    shifted = (integers + 8).astype(np.uint8).reshape(len(values), -1)
    name = node.output[0]
    graph.initializer.extend(
        [
            numpy_helper.from_array(shifted[:, 0::2] | shifted[:, 1::2] << 4, f"{name}_int4"),
            numpy_helper.from_array(scales.reshape(len(values), -1), f"{name}_scale"),
        ]
    )
    node.op_type, node.domain = "GatherBlockQuantized", "com.microsoft"
    inputs = [f"{name}_int4", node.input[1], f"{name}_scale"]
    del node.input[:], node.attribute[:]
    node.input.extend(inputs)
    # 4 bits are the operator's default; older versions of ONNX Runtime do not know the attribute.
    settings = {"block_size": BLOCK, "gather_axis": 0, "quantize_axis": 1}
    node.attribute.extend([helper.make_attribute(key, value) for key, value in settings.items()])
