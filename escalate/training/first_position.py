"""The last layer of a BERT classifier for the position that the classifier reads: the same result with less arithmetic.

Keys and values are needed of all positions, everything else of the first one only: about a seventh of the arithmetic of six
layers is saved, in training as in the exported network (`escalate.training.network`).
"""

from __future__ import annotations

from typing import Any

import torch
from transformers.models.bert.modeling_bert import BertLayer


class FirstPositionLayer(BertLayer):  # type: ignore[no-untyped-call]  # transformers leaves it untyped
    """A layer of BERT that returns the state of the first position alone; its weights have the names of any layer's."""

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        *_: Any,
        **__: Any,
    ) -> torch.Tensor:
        """Return the first position's state.

        Args:
            hidden_states: Shape (batch, positions, width).
            attention_mask: Of a shape that goes with (batch, heads, positions, positions), None where there is no padding.

        Returns:
            Shape (batch, 1, width).
        """
        attention: Any = self.attention.self
        first = hidden_states[:, :1]

        def heads(states: torch.Tensor) -> torch.Tensor:
            return states.view(*states.shape[:2], -1, attention.attention_head_size).transpose(1, 2)

        found = torch.nn.functional.scaled_dot_product_attention(
            heads(attention.query(first)),
            heads(attention.key(hidden_states)),
            heads(attention.value(hidden_states)),
            attn_mask=None if attention_mask is None else attention_mask[..., :1, :],
            dropout_p=attention.dropout.p if self.training else 0.0,
            scale=attention.scaling,
        )
        states = self.attention.output(found.transpose(1, 2).flatten(-2), first)
        result: torch.Tensor = self.output(self.intermediate(states), states)
        return result


def read_first_position(model: Any) -> bool:
    """Let the last layer compute the first position only, where that changes nothing: in a BERT with a pooler.

    Args:
        model: An encoder or a classifier of transformers, changed in place; other architectures are left as they are.

    Returns:
        Whether it was changed.
    """
    bert = getattr(model, "bert", model)
    if type(bert).__name__ != "BertModel" or bert.pooler is None or bert.config.is_decoder:
        return False
    layers = bert.encoder.layer
    whole = layers[-1]
    # Noted before the parameters move: `assign` makes all of them learn.
    learning = [parameter.requires_grad for parameter in whole.parameters()]
    # On the meta device nothing is drawn: torch's random state, and with it the training, stays as it was.
    with torch.device("meta"):
        layer: Any = FirstPositionLayer(bert.config, layer_idx=len(layers) - 1)  # type: ignore[no-untyped-call]
    layer.load_state_dict(whole.state_dict(keep_vars=True), assign=True)
    for parameter, learns in zip(layer.parameters(), learning, strict=True):
        parameter.requires_grad = learns
    layers[-1] = layer.train(whole.training)
    return True
