"""The ONNX graph of a BERT classifier, written operator by operator for texts of one length on a CPU.

The classifier reads the first position only, so that in the last layer keys and values are computed for all positions and
everything else for the first one. Exporters of whole models know nothing of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from escalate.errors import ConfigError

OPSETS: Final = {"": 20, "com.microsoft": 1}
_IR_VERSION: Final = 9


def known(model: Any) -> bool:
    """Say whether `network` can write a model: a BERT with a pooler at its first position and absolute positions."""
    config = model.config
    return (
        type(model).__name__ == "BertForSequenceClassification"
        and config.hidden_act == "gelu"
        and getattr(config, "position_embedding_type", None) in (None, "absolute")
    )


def network(model: Any, max_tokens: int) -> onnx.ModelProto:
    """Write the network of a classifier in float32.

    Args:
        model: A `BertForSequenceClassification`, see `known`.
        max_tokens: The window in tokens; positions beyond it are left out.

    Returns:
        A model with the input `input_ids` (texts, tokens) and the output `logits` (texts, labels).

    Raises:
        ConfigError: If the model is another one.
    """
    if not known(model):
        raise ConfigError(f"{type(model).__name__} cannot be written operator by operator; export it as a whole")
    graph = _Graph()
    bert, epsilon = model.bert, model.config.layer_norm_eps
    hidden = _embedded(graph, bert.embeddings, epsilon, max_tokens)
    for number, layer in enumerate(bert.encoder.layer, start=1):
        last = number == len(bert.encoder.layer)
        hidden = _layer(graph, layer, hidden, model.config.num_attention_heads, epsilon, first_only=last)
    pooled = graph.add("Tanh", graph.dense(graph.add("Squeeze", hidden, graph.tensor([1])), bert.pooler.dense))
    # Not a MatMul: the logits stay in float32, since nothing after them evens errors out.
    head = graph.tensor(model.classifier.weight), graph.tensor(model.classifier.bias)
    graph.add("Gemm", pooled, *head, output="logits", transB=1)
    return graph.model(model.config.num_labels)


class _Graph:
    """Nodes and tensors, named as they come."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._tensors: list[onnx.TensorProto] = []

    def tensor(self, value: torch.Tensor | NDArray[Any] | Sequence[int] | float) -> str:
        """Keep a constant: whole numbers as int64, others as float32."""
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        array = array.astype(np.int64 if array.dtype.kind == "i" else np.float32)
        name = f"constant_{len(self._tensors)}"
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", domain: str = "", **attributes: Any) -> str:
        """Add a node with one output and return the output's name."""
        output = output or f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def split(self, source: str, parts: int) -> list[str]:
        """Cut the last axis into equal parts."""
        outputs = [f"Split_{len(self._nodes)}_{part}" for part in range(parts)]
        self._nodes.append(helper.make_node("Split", [source], outputs, axis=-1, num_outputs=parts))
        return outputs

    def dense(self, source: str, *layers: Any, bias: bool = True) -> str:
        """Multiply by the weights of linear layers, side by side, and add their biases unless the caller does."""
        product = self.add("MatMul", source, self.tensor(torch.cat([layer.weight for layer in layers]).T))
        if not bias:
            return product
        return self.add("Add", product, self.tensor(torch.cat([layer.bias for layer in layers])))

    def norm(self, source: str, layer: Any, epsilon: float) -> str:
        """Normalise the last axis (Ba et al., 2016).

        ONNX Runtime's own operator goes through a row number by number and takes twice the time of these.
        """
        axis, width = self.tensor([-1]), layer.weight.shape[0]
        centred = self.add("Sub", source, self.add("ReduceMean", source, axis))
        squares = self.add("Add", self.add("ReduceSumSquare", centred, axis), self.tensor(width * epsilon))
        normal = self.add("Div", centred, self.add("Sqrt", squares))
        scaled = self.add("Mul", normal, self.tensor(layer.weight * width**0.5))
        return self.add("Add", scaled, self.tensor(layer.bias))

    def model(self, labels: int) -> onnx.ModelProto:
        """Close the graph."""
        graph = helper.make_graph(
            self._nodes,
            "classifier",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", labels])],
            self._tensors,
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)


def _embedded(graph: _Graph, embeddings: Any, epsilon: float, max_tokens: int) -> str:
    words = graph.add("Gather", graph.tensor(embeddings.word_embeddings.weight), "input_ids")
    # All tokens are of the first of BERT's two segments.
    places = embeddings.position_embeddings.weight[:max_tokens] + embeddings.token_type_embeddings.weight[0]
    length = graph.add("Shape", "input_ids", start=1)
    places = graph.add("Slice", graph.tensor(places), graph.tensor([0]), length)
    return graph.norm(graph.add("Add", words, places), embeddings.LayerNorm, epsilon)


def _layer(graph: _Graph, layer: Any, hidden: str, heads: int, epsilon: float, *, first_only: bool) -> str:
    attention, mixed = layer.attention.self, layer.attention.output
    if first_only:
        keys, values = graph.split(graph.dense(hidden, attention.key, attention.value), 2)
        hidden = graph.add("Slice", hidden, graph.tensor([0]), graph.tensor([1]), graph.tensor([1]))
        queries = graph.dense(hidden, attention.query)
    else:
        queries, keys, values = graph.split(graph.dense(hidden, attention.query, attention.key, attention.value), 3)
    context = graph.add("MultiHeadAttention", queries, keys, values, domain="com.microsoft", num_heads=heads)
    hidden = graph.norm(graph.add("Add", graph.dense(context, mixed.dense), hidden), mixed.LayerNorm, epsilon)
    wide = graph.dense(hidden, layer.intermediate.dense, bias=False)
    wide = graph.add("BiasGelu", wide, graph.tensor(layer.intermediate.dense.bias), domain="com.microsoft")
    narrow = graph.add("Add", graph.dense(wide, layer.output.dense), hidden)
    return graph.norm(narrow, layer.output.LayerNorm, epsilon)
