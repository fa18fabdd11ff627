"""A bundle's network in torch, for a GPU: the operators of its ONNX file, read one by one, on batches of texts of one length.

Texts of one length need no padding, so that a text's logits do not depend on its company here either. The weights are those of
the ONNX file, activations stay in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch.nn import functional

from escalate.errors import BundleError

_MOST_TOKENS: Final = 16_384
_HIGH, _LOW = 4, 15
# Where the products in int8 have the integers, scales and zero points of their weights among their inputs.
_INT8_WEIGHTS: Final = {"DynamicQuantizeMatMul": (1, 2, 3), "MatMulIntegerToFloat": (1, 3, 5)}
_SHAPING: Final = ("ReduceMean", "ReduceSumSquare", "Slice", "Squeeze")

Operator = Callable[..., Any]


class TorchRuntime:
    """Runs a bundle's ONNX file with torch."""

    name = "torch"

    def __init__(self, model: Path, device: str = "auto", threads: int | None = None) -> None:
        """Load the network.

        Args:
            model: An ONNX file with the input `input_ids` (texts, tokens) and the output `logits` (texts, labels);
                the number of texts may be fixed to 1.
            device: "cpu", "cuda", "cuda:1", "mps"; "auto" takes a GPU where there is one.
            threads: Threads of torch in the whole process, for a network on the CPU; None leaves them as they are.

        Raises:
            BundleError: If the file holds an operator that is not known here.
            ValueError: If there is no such device.
        """
        self._model, self._threads = model.resolve(), threads
        self.device = _device(device)
        if threads is not None and self.device.type == "cpu":
            torch.set_num_threads(threads)
        graph = onnx.load(model).graph
        unknown = sorted({node.op_type for node in graph.node} - OPERATORS.keys())
        if unknown:
            raise BundleError(f"{model}: the torch backend does not know the operator {', '.join(unknown)}; use backend='onnx'")
        # Axes and bounds are asked for while the network runs: on the CPU nothing has to wait for a GPU.
        bounds = {name for node in graph.node if node.op_type in _SHAPING for name in node.input[1:]}
        self._constants = {
            tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()).to(
                "cpu" if tensor.name in bounds else self.device
            )
            for tensor in graph.initializer
        }
        for node in graph.node:
            if node.op_type in _INT8_WEIGHTS:
                integers, scales, zeros = (self._constants[node.input[place]] for place in _INT8_WEIGHTS[node.op_type])
                self._constants[node.input[1]] = (integers.float() - zeros) * scales
        self._nodes = [(OPERATORS[node.op_type], list(node.input), list(node.output), _attributes(node)) for node in graph.node]
        self._labels = int(graph.output[0].type.tensor_type.shape.dim[-1].dim_value)

    def __reduce__(self) -> tuple[type[TorchRuntime], tuple[Path, str, int | None]]:
        """Pickle as the way to load it: the file is read again where it is unpickled, onto the same device."""
        return type(self), (self._model, str(self.device), self._threads)

    def logits(self, token_ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Run the network.

        Args:
            token_ids: n texts as token ids.

        Returns:
            Logits of shape (n, number of labels), in the order given.
        """
        rows = np.zeros((len(token_ids), self._labels), dtype=np.float32)
        order = sorted(range(len(token_ids)), key=lambda place: len(token_ids[place]))
        for length, group in groupby(order, key=lambda place: len(token_ids[place])):
            places, size = list(group), max(1, _MOST_TOKENS // max(1, length))
            for start in range(0, len(places), size):
                part = places[start : start + size]
                rows[part] = self._run(torch.tensor([list(token_ids[place]) for place in part], device=self.device))
        return rows

    def _run(self, input_ids: torch.Tensor) -> NDArray[np.float32]:
        values: dict[str, Any] = {**self._constants, "input_ids": input_ids}
        with torch.inference_mode():
            for operator, inputs, outputs, attributes in self._nodes:
                found = operator(*(values[name] for name in inputs), **attributes)
                values.update(zip(outputs, found if isinstance(found, tuple) else (found,), strict=True))
        return np.asarray(values["logits"].float().cpu().numpy())


def _device(name: str) -> torch.device:
    if name == "auto":
        found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        return found or torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(f"device {name!r} is not there ({str(error).split(chr(10))[0]}); use 'auto' or 'cpu'") from error
    return device


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def _gather(table: torch.Tensor, places: torch.Tensor, axis: int = 0) -> torch.Tensor:
    if axis == 0:
        return table[places.long()]
    return table.index_select(axis, places.long())


def _gather_blocks(packed: torch.Tensor, places: torch.Tensor, scales: torch.Tensor, block_size: int, **_: int) -> torch.Tensor:
    # Two values of 4 bits a byte, the first one in the low half, 8 standing for 0; rows are looked up, columns share scales.
    rows = packed[places]
    values = torch.stack([rows & _LOW, rows >> _HIGH], dim=-1).flatten(-2).float() - 8
    return values * scales[places].repeat_interleave(block_size, dim=-1)


def _slice(values: torch.Tensor, starts: torch.Tensor, ends: torch.Tensor, axes: torch.Tensor | None = None) -> torch.Tensor:
    for place, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        axis = place if axes is None else int(axes[place])
        values = values.narrow(axis, start, min(end, values.shape[axis]) - start)
    return values


def _attend(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, num_heads: int) -> torch.Tensor:
    asked, offered, given = (part.reshape(*part.shape[:2], num_heads, -1).transpose(1, 2) for part in (queries, keys, values))
    return functional.scaled_dot_product_attention(asked, offered, given).transpose(1, 2).flatten(-2)


OPERATORS: Final[dict[str, Operator]] = {
    "Add": torch.add,
    "Sub": torch.sub,
    "Mul": torch.mul,
    "Div": torch.div,
    "Sqrt": torch.sqrt,
    "Tanh": torch.tanh,
    "MatMul": torch.matmul,
    "ReduceMean": lambda values, axes: values.mean(axes.tolist(), keepdim=True),
    "ReduceSumSquare": lambda values, axes: values.square().sum(axes.tolist(), keepdim=True),
    "Cast": lambda values, to: values.to(torch.from_numpy(np.empty(0, helper.tensor_dtype_to_np_dtype(to))).dtype),
    "Shape": lambda values, start=0: torch.tensor(values.shape[start:]),
    "Slice": _slice,
    "Split": lambda values, axis, num_outputs: values.chunk(num_outputs, dim=axis),
    "Squeeze": lambda values, axes: values.squeeze(tuple(axes.tolist())),
    "Gather": _gather,
    "GatherBlockQuantized": _gather_blocks,
    # Activations need no int8 here, neither its steps nor its bounds: the product of floats is as fast on a GPU, and nearer to
    # the trained network.
    "QuantizeLinear": lambda values, scale, zero: values,  # noqa: ARG005
    "DynamicQuantizeMatMul": lambda values, weights, scales, zeros, bias=0.0: values @ weights + bias,  # noqa: ARG005
    "MatMulIntegerToFloat": lambda values, weights, _1, _2, _3, _4, bias=0.0: values @ weights + bias,
    "MultiHeadAttention": _attend,
    "FastGelu": lambda values, bias: functional.gelu(values + bias, approximate="tanh"),
    "Gemm": lambda values, weights, bias, transB: functional.linear(values, weights if transB else weights.T, bias),  # noqa: N803
}
"""What the operators of `training.network` and `training.quantise` are in torch."""
