"""int8 weights for an ONNX encoder: matrices by column, see `matrices`, embeddings by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from escalate.training.matrices import quantise_matrices

_SMALLEST_TABLE: Final = 256


def quantise(source: Path, target: Path, token_ids: Sequence[Sequence[int]] = ()) -> None:
    """Write a float32 network with int8 weights.

    Args:
        source: ONNX file of the float32 network.
        target: ONNX file to write.
        token_ids: A few hundred typical texts as token ids, which show how large the activations become.
    """
    model = onnx.load(source)
    quantise_matrices(model, token_ids)
    _quantise_embeddings(model.graph)
    for node in model.graph.node:
        if node.op_type == "BiasGelu":
            # By tanh instead of erf (Hendrycks and Gimpel, 2016): faster, and nearer than the steps of 8 bits.
            node.op_type = "FastGelu"
    onnx.save(model, target)


def _quantise_embeddings(graph: onnx.GraphProto) -> None:
    """Replace each look-up in a float table of many rows by a look-up in int8 times the row's scale."""
    tables = {tensor.name: tensor for tensor in graph.initializer}
    for node in list(graph.node):
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or table.data_type != onnx.TensorProto.FLOAT or table.dims[0] < _SMALLEST_TABLE:
            continue
        values = numpy_helper.to_array(table)
        scales = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-8).astype(np.float32) / 127
        rows = np.rint(values / scales).astype(np.int8)
        name = node.output[0]
        names = {part: f"{name}_{part}" for part in ("int8", "scale", "rows", "floats", "scales")}
        graph.initializer.remove(table)
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
