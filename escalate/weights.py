"""A bundle's network as a checkpoint of transformers: what `training.network` and `training.quantise` wrote, read back.

A bundle is all that most users have of a shipped model; from its checkpoint they can fine-tune it further.
"""

from __future__ import annotations

import tempfile
from collections import deque
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.bundle import Bundle, load
from escalate.errors import BundleError

if TYPE_CHECKING:
    import onnx
    from transformers import BertConfig

Floats = NDArray[np.float32]

_LAYER: Final = "bert.encoder.layer"
_HALF, _LOW, _ZERO = 4, 15, 8
# The products in int8: where the scales of the weights stand among the inputs, and how many inputs there are without a bias.
_SCALES: Final = {"DynamicQuantizeMatMul": 2, "MatMulIntegerToFloat": 3}
_WITHOUT_BIAS: Final = {"DynamicQuantizeMatMul": 4, "MatMulIntegerToFloat": 6}


class _Linear(NamedTuple):
    """A product with a constant matrix: weights of shape (inputs, outputs), and the bias."""

    weights: Floats
    bias: Floats


def checkpoint_of(bundle: Bundle) -> Path:
    """Write the checkpoint of a bundle's network into a folder of this process, which goes when the process ends.

    Args:
        bundle: A bundle of a BERT, as those in the package are.

    Returns:
        A directory that transformers loads as a classifier with its tokenizer. Weights have the steps of the bundle's integers,
        so that the logits differ from the bundle's only by the rounding and cutting of activations.

    Raises:
        BundleError: If the bundle holds another network.
    """
    return Path(_written(bundle.path.resolve(), bundle.sha256).name)


def write_checkpoint(bundle: Bundle, target: Path) -> None:
    """Write the checkpoint of a bundle's network.

    Args:
        bundle: A bundle of a BERT, as those in the package are.
        target: Directory to write into.

    Raises:
        BundleError: If the bundle holds another network.
    """
    import onnx
    import torch
    from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

    try:
        config, weights = _network(onnx.load(bundle.model).graph)
        config.id2label = dict(enumerate(bundle.manifest.labels))
        config.label2id = {label: index for index, label in config.id2label.items()}
        model = BertForSequenceClassification(config)
        model.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    except (IndexError, KeyError, RuntimeError, StopIteration, ValueError) as error:
        raise BundleError(
            f"{bundle.path}: its network is not a BERT that escalate has written itself, so it has no checkpoint; "
            "start from the run that it was exported from"
        ) from error
    special = {"unk": "[UNK]", "pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    fast: Any = PreTrainedTokenizerFast
    tokenizer = fast(
        tokenizer_file=str(bundle.tokenizer),
        model_max_length=bundle.manifest.max_tokens,
        **{f"{name}_token": token for name, token in special.items()},
    )
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


@cache
def _written(path: Path, sha256: str) -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix=f"escalate-{sha256[:12]}-")
    write_checkpoint(load(path), Path(folder.name))
    return folder


def _network(graph: onnx.GraphProto) -> tuple[BertConfig, dict[str, Floats]]:
    """Read the graph in the order in which it was written."""
    from onnx import helper
    from transformers import BertConfig

    constants = _constants(graph)
    products, norms = deque(_products(graph, constants)), deque(_norms(graph, constants))
    attention = [node for node in graph.node if node.op_type == "MultiHeadAttention"]
    heads = {
        helper.get_attribute_value(attribute)
        for node in attention
        for attribute in node.attribute
        if attribute.name == "num_heads"
    }
    words, places = (
        _words(graph, constants),
        next(constants[node.input[0]] for node in graph.node if node.op_type == "Slice" and node.input[0] in constants),
    )
    width = words.shape[1]
    weights = {
        "bert.embeddings.word_embeddings.weight": words,
        "bert.embeddings.position_embeddings.weight": places,
        # Added to the positions when the network was written.
        "bert.embeddings.token_type_embeddings.weight": np.zeros((2, width), np.float32),
    }

    def put(name: str, linear: _Linear) -> None:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = linear.weights.T, linear.bias

    def put_norm(name: str) -> None:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = norms.popleft()

    put_norm("bert.embeddings.LayerNorm")
    for number in range(len(attention)):
        layer, last = f"{_LAYER}.{number}", number == len(attention) - 1
        # The last layer asks at the first position only, in a product of its own.
        parts = [*_cut(products.popleft(), 2), products.popleft()] if last else _cut(products.popleft(), 3)
        for name, part in zip(("key", "value", "query") if last else ("query", "key", "value"), parts, strict=True):
            put(f"{layer}.attention.self.{name}", part)
        put(f"{layer}.attention.output.dense", products.popleft())
        put_norm(f"{layer}.attention.output.LayerNorm")
        put(f"{layer}.intermediate.dense", wide := products.popleft())
        put(f"{layer}.output.dense", products.popleft())
        put_norm(f"{layer}.output.LayerNorm")
    put("bert.pooler.dense", products.popleft())
    head = next(node for node in graph.node if node.output[0] == "logits")
    weights["classifier.weight"], weights["classifier.bias"] = (constants[name] for name in head.input[1:])
    if products or norms:
        raise ValueError("the graph holds more than a BERT")
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=width,
        num_hidden_layers=len(attention),
        num_attention_heads=heads.pop(),
        intermediate_size=len(wide.bias),
        max_position_embeddings=len(places),
        layer_norm_eps=_epsilon(graph, constants, width),
    )
    return config, weights


def _constants(graph: onnx.GraphProto) -> dict[str, Any]:
    from onnx import numpy_helper

    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}


def _products(graph: onnx.GraphProto, constants: dict[str, Any]) -> list[_Linear]:
    """Read the products in int8 (see `training.matrices`), in order."""
    found: list[_Linear] = []
    for node in graph.node:
        if node.op_type in _SCALES:
            kept = node.input[1].removesuffix("_int8")
            scales = constants[node.input[_SCALES[node.op_type]]]
            weights = constants[node.input[1]] * scales * constants[f"{kept}_shrink"][:, None]
            if f"{kept}_channels" in constants:
                weights[constants[f"{kept}_channels"]] = constants[f"{kept}_float"]
            bias = constants[node.input[-1]] if len(node.input) > _WITHOUT_BIAS[node.op_type] else np.zeros(0, np.float32)
            found.append(_Linear(weights.astype(np.float32), bias))
        elif node.op_type in ("BiasGelu", "FastGelu"):
            found[-1] = found[-1]._replace(bias=constants[node.input[1]])
    return found


def _norms(graph: onnx.GraphProto, constants: dict[str, Any]) -> list[tuple[Floats, Floats]]:
    """Read weights and biases of the layer norms (see `training.network`), in order."""
    normal = {node.output[0] for node in graph.node if node.op_type == "Div"}
    scaled = {
        node.output[0]: constants[node.input[1]] for node in graph.node if node.op_type == "Mul" and node.input[0] in normal
    }
    return [
        (scaled[node.input[0]] / np.sqrt(np.float32(len(scaled[node.input[0]]))), constants[node.input[1]])
        for node in graph.node
        if node.op_type == "Add" and node.input[0] in scaled
    ]


def _epsilon(graph: onnx.GraphProto, constants: dict[str, Any], width: int) -> float:
    squares = {node.output[0] for node in graph.node if node.op_type == "ReduceSumSquare"}
    sums = [node for node in graph.node if node.op_type == "Add" and node.input[0] in squares]
    return float(constants[sums[0].input[1]].item()) / width


def _words(graph: onnx.GraphProto, constants: dict[str, Any]) -> Floats:
    """Read the table of words, in 8 bits with a scale a row or in blocks of 4 bits."""
    looked_up = [constants[node.input[0]] for node in graph.node if node.op_type == "Gather" and node.input[1] == "input_ids"]
    if looked_up:
        table = np.float32(1)
        for part in looked_up:
            table = table * part
        return np.asarray(table, dtype=np.float32)
    node = next(node for node in graph.node if node.op_type == "GatherBlockQuantized")
    packed, scales = constants[node.input[0]], constants[node.input[2]]
    values = np.stack([packed & _LOW, packed >> _HALF], axis=-1).reshape(len(packed), -1).astype(np.float32) - _ZERO
    return np.asarray(values * np.repeat(scales, values.shape[1] // scales.shape[1], axis=1), dtype=np.float32)


def _cut(linear: _Linear, parts: int) -> list[_Linear]:
    return [_Linear(*pair) for pair in zip(np.split(linear.weights, parts, axis=1), np.split(linear.bias, parts), strict=True)]
