"""Early exits: a text of which the network is sure after a few layers goes through no more of them.

After some of the layers a small head says what the whole network would say; where it is sure enough, the text is told that
(DeeBERT, Xin et al., ACL 2020). The heads learn from the finished network alone (Hinton et al., 2015), never from labels, and
the network stays as it is. How sure a head must be is decided on other texts, so that few of them are told another label
than the whole network's.

A head reads the first position of its layer, and the mean and the maximum of all.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from escalate.text import normalise
from escalate.training.sections import ExitsConfig

_HIDDEN: Final = 128
_DROPOUT: Final = 0.2
_EPOCHS: Final = 8
_BATCH: Final = 256
_LEARNING_RATE: Final = 1e-3
_WEIGHT_DECAY: Final = 0.05
# Beside the probabilities themselves: softened ones, by which a head also learns how the less likely labels compare.
_SOFTNESS: Final = 4.0
# A head through which fewer texts leave costs about what it saves.
_WORTH: Final = 0.05

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
    """A head after so many layers, the probability from which on it is believed, and the share of texts that leave there."""

    after: int
    head: ExitHead
    sure: float
    share: float


def fit_exits(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    config: ExitsConfig,
    texts: Sequence[str],
    others: Sequence[str],
    max_tokens: int,
    seed: int,
) -> list[Exit]:
    """Train a head for each exit, and find how sure it must be.

    Args:
        model: A finished classifier; it stays as it is.
        tokenizer: Its tokenizer.
        config: The configuration's section.
        texts: Texts from which the heads learn what the network says.
        others: Texts on which it is decided how sure they must be.
        max_tokens: The window in tokens.
        seed: That of the heads' first weights and of the order of the texts.

    Returns:
        The exits in the order of the layers; those through which hardly a text would leave are not among them.
    """
    learnt, wanted = _read(model, tokenizer, texts, config.after, max_tokens)
    judged, whole = _read(model, tokenizer, others, config.after, max_tokens)
    labels, left = whole.argmax(dim=1).numpy(), np.ones(len(others), dtype=bool)
    exits: list[Exit] = []
    changed = 0
    for number, after in enumerate(config.after, start=1):
        head = _fitted(learnt[after], wanted, seed)
        with torch.inference_mode():
            said = head(judged[after]).softmax(dim=1)
        sure, other = said.amax(dim=1).numpy(), said.argmax(dim=1).numpy() != labels
        # What earlier exits have not used up is there for the later ones.
        allowed = int(config.changed * len(others) * number / len(config.after)) - changed
        order = np.flatnonzero(left)[np.argsort(-sure[left], kind="stable")]
        leaving = order[: int((np.cumsum(other[order]) <= allowed).sum())]
        if len(leaving) < max(1, _WORTH * len(others)):
            continue
        exits.append(Exit(after, head, float(sure[leaving[-1]]), len(leaving) / len(others)))
        changed += int(other[leaving].sum())
        left[leaving] = False
        logger.info("after layer %d %.0f%% of the texts leave, from %.3f on", after, 100 * exits[-1].share, exits[-1].sure)
    return exits


def _read(
    model: Any, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], layers: Sequence[int], max_tokens: int
) -> tuple[dict[int, torch.Tensor], torch.Tensor]:
    """Return what the layers say of each text, of shape (n, 3 * width), and the network's logits."""
    ids = tokenizer([normalise(text) for text in texts], truncation=True, max_length=max_tokens)["input_ids"]
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    pooled = {layer: torch.empty(len(ids), 3 * model.config.hidden_size) for layer in layers}
    logits = torch.empty(len(ids), model.config.num_labels)
    with torch.inference_mode():
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            batch = tokenizer.pad({"input_ids": [ids[place] for place in places]}, return_tensors="pt")
            found = model(**batch, output_hidden_states=True)
            logits[places] = found.logits.float()
            for layer in layers:
                pooled[layer][places] = _pooled(found.hidden_states[layer].float(), batch["attention_mask"].unsqueeze(-1))
    return pooled, logits


def _pooled(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
    return torch.cat([states[:, 0], mean, states.masked_fill(mask == 0, -torch.inf).amax(dim=1)], dim=1)


def _fitted(pooled: torch.Tensor, wanted: torch.Tensor, seed: int) -> ExitHead:
    """Train a head to say what the network says."""
    mean, spread = pooled.mean(dim=0), pooled.std(dim=0, correction=0) + 1e-5
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = ExitHead(pooled.shape[1] // 3, wanted.shape[1]).train()
        optimiser = torch.optim.AdamW(head.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
        steps = _EPOCHS * -(-len(pooled) // _BATCH)
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, steps)
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
    """Return how far what a head says is from what the network says, plainly and softened."""

    def at(softness: float) -> torch.Tensor:
        found, expected = (said / softness).log_softmax(dim=1), (wanted / softness).softmax(dim=1)
        return softness * functional.kl_div(found, expected, reduction="batchmean")

    return at(1.0) + at(_SOFTNESS)
