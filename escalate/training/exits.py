"""Early exits: a text of which the network is sure after a few layers goes through no more of them.

After some of the layers a small head says what the whole network would say; where it is sure enough, the text is told that
(DeeBERT, Xin et al., ACL 2020). The heads learn from the finished network alone (Hinton et al., 2015), never from labels, and
the network stays as it is. How sure a head must be is decided on other texts, so that few of them are told another label
than the whole network's.

A head reads the first position of its layer, and the mean and the maximum of all.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper
from torch.nn import functional
from transformers import PreTrainedModel

from escalate.weights import EXIT

CHANGED: Final = 0.003
"""The largest share of texts that may be told another label than the whole network's."""
_HIDDEN: Final = 128
_DROPOUT: Final = 0.2
_EPOCHS: Final = 8
_BATCH: Final = 256
_TOKENS: Final = 8_192
_LEARNING_RATE: Final = 1e-3
_WEIGHT_DECAY: Final = 0.05
# Beside the probabilities themselves: softened ones, by which a head also learns how the less likely labels compare.
_SOFTNESS: Final = 4.0
# A head through which fewer texts leave costs about what it saves.
_WORTH: Final = 0.05
# What hardly moves from text to text, as the first position does before the first layer, says nothing.
_STILL: Final = 1e-4

logger = logging.getLogger(__name__)


class ExitHead(torch.nn.Module):
    """From what a layer says of a text to the logits of the whole network."""

    def __init__(self, width: int, labels: int) -> None:
        """Draw the weights.

        Args:
            width: That of the layer's states.
            labels: The number of labels.
        """
        super().__init__()
        self.hidden = torch.nn.Linear(3 * width, _HIDDEN)
        self.output = torch.nn.Linear(_HIDDEN, labels)
        self.dropout = torch.nn.Dropout(_DROPOUT)

    def forward(self, pooled: torch.Tensor) -> torch.Tensor:
        """Return logits.

        Args:
            pooled: First position, mean and maximum side by side, of shape (n, 3 * width).

        Returns:
            Shape (n, labels).
        """
        logits: torch.Tensor = self.output(self.dropout(functional.gelu(self.hidden(self.dropout(pooled)))))
        return logits


class Exit(NamedTuple):
    """A head after so many layers; it is believed where the largest of its probabilities, before calibration, is `sure`."""

    after: int
    head: ExitHead
    sure: float


def fit_exits(
    model: PreTrainedModel,
    after: Sequence[int],
    token_ids: Sequence[Sequence[int]],
    judged: Sequence[Sequence[int]],
    bias: Sequence[float],
    *,
    changed: float = CHANGED,
) -> list[Exit]:
    """Train a head for each exit, and find how sure it must be.

    Args:
        model: A finished BERT classifier; it stays as it is.
        after: The layers after which texts may leave, in rising order, 0 for the embeddings.
        token_ids: Texts from which the heads learn what the network says.
        judged: Texts on which it is decided how sure they must be.
        bias: What calibration adds to the logits at its temperature, one value a label: labels are compared as users see them.
        changed: The largest share of the judged texts that may be told another label.

    Returns:
        The exits in the order of the layers; those through which hardly a text would leave are not among them. None where there
        are too few texts to show that share.
    """
    if changed * len(judged) < 1:
        logger.warning("no exits: %d texts cannot show that the labels of %.1f%% at most change", len(judged), 100 * changed)
        return []
    learnt, wanted = _read(model, token_ids, after)
    seen, whole = _read(model, judged, after)
    added = torch.tensor(bias)
    labels, left, spent = (whole + added).argmax(dim=1), np.ones(len(judged), dtype=bool), 0
    exits: list[Exit] = []
    for number, layer in enumerate(after, start=1):
        head = _fitted(learnt[layer], wanted)
        with torch.inference_mode():
            said = head(seen[layer])
        sure, other = said.softmax(dim=1).amax(dim=1).numpy(), ((said + added).argmax(dim=1) != labels).numpy()
        # What earlier exits have not used up is there for the later ones.
        allowed = int(changed * len(judged) * number / len(after)) - spent
        order = np.flatnonzero(left)[np.argsort(-sure[left], kind="stable")]
        count = int((np.cumsum(other[order]) <= allowed).sum())
        while 0 < count < len(order) and sure[order[count - 1]] == sure[order[count]]:
            count -= 1  # texts of which a head is equally sure leave together or not at all
        if count < _WORTH * len(judged):
            continue
        # Between two texts, and not on one of them, where the last bit would decide.
        exits.append(Exit(layer, head, float(sure[order[count - 1 : count + 1]].mean())))
        spent += int(other[order[:count]].sum())
        left[order[:count]] = False
    return exits


def leaving(model: Path, token_ids: Sequence[Sequence[int]]) -> dict[int, float]:
    """Count the texts that leave an exported network before its end.

    Args:
        model: Its ONNX file.
        token_ids: n texts as token ids.

    Returns:
        Layer -> share of the texts that leave after it, in the order of the layers.
    """
    network = onnx.load(model)
    said = [node.output[0] for node in network.graph.node if node.op_type == "Gemm" and node.output[0].startswith(EXIT)]
    network.graph.output.extend([helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in said])
    last = [node.output[0] for node in network.graph.node if node.op_type == "Gemm"][-1]
    if said:
        network.graph.output.append(helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(network.SerializeToString(), providers=["CPUExecutionProvider"])
    # How many texts reach an exit, and how many the end.
    reached = np.zeros(len(said) + 1)
    for ids in token_ids if said else ():
        reached += [len(rows) for rows in session.run([*said, last], {"input_ids": np.asarray([ids], dtype=np.int64)})]
    layers = [int(name.split("_")[1]) for name in said]
    return {layer: float(share) for layer, share in zip(layers, -np.diff(reached) / len(token_ids), strict=True)}


def _read(
    model: Any, token_ids: Sequence[Sequence[int]], layers: Sequence[int]
) -> tuple[dict[int, torch.Tensor], torch.Tensor]:
    """Return what the layers say of each text, of shape (n, 3 * width), and the network's logits."""
    order = sorted(range(len(token_ids)), key=lambda place: len(token_ids[place]))
    pooled = {layer: torch.empty(len(token_ids), 3 * model.config.hidden_size) for layer in layers}
    logits = torch.empty(len(token_ids), model.config.num_labels)
    start = 0
    with torch.inference_mode():
        while start < len(order):
            # As many as the longest of them lets in; those after it are longer still.
            size = max(1, _TOKENS // len(token_ids[order[min(start + _BATCH, len(order)) - 1]]))
            places = order[start : start + min(size, _BATCH)]
            texts = [torch.tensor(token_ids[place]) for place in places]
            mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(ids) for ids in texts], batch_first=True)
            padded = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True)
            found = model(input_ids=padded, attention_mask=mask, output_hidden_states=True)
            logits[places] = found.logits.float()
            for layer in layers:
                pooled[layer][places] = _pooled(found.hidden_states[layer].float(), mask.unsqueeze(-1))
            start += len(places)
    return pooled, logits


def _pooled(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
    return torch.cat([states[:, 0], mean, states.masked_fill(mask == 0, -torch.inf).amax(dim=1)], dim=1)


def _fitted(pooled: torch.Tensor, wanted: torch.Tensor) -> ExitHead:
    """Train a head to say of n texts what the network says, from (n, 3 * width) to (n, labels)."""
    mean, spread = pooled.mean(dim=0), pooled.std(dim=0, correction=0)
    spread[spread < _STILL] = torch.inf
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        head = ExitHead(pooled.shape[1] // 3, wanted.shape[1]).train()
        optimiser = torch.optim.AdamW(head.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, _EPOCHS * math.ceil(len(pooled) / _BATCH))
        for _ in range(_EPOCHS):
            for rows in torch.utils.data.BatchSampler(torch.randperm(len(pooled)).tolist(), _BATCH, drop_last=False):
                optimiser.zero_grad()
                torch.autograd.backward(_divergence(head((pooled[rows] - mean) / spread), wanted[rows]))
                optimiser.step()
                schedule.step()
    # The scaling goes into the weights: the exported head has none.
    with torch.no_grad():
        head.hidden.weight.div_(spread)
        head.hidden.bias.sub_(head.hidden.weight @ mean)
    return head.eval()


def _divergence(said: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return how far the logits of a head are from those of the network, both of shape (n, labels), plainly and softened."""

    def at(softness: float) -> torch.Tensor:
        found, expected = (said / softness).log_softmax(dim=1), (wanted / softness).softmax(dim=1)
        return softness * functional.kl_div(found, expected, reduction="batchmean")

    return at(1.0) + at(_SOFTNESS)
