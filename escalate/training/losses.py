"""The loss of a batch: cross-entropy with class weights, and what a configuration adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, log_softmax, normalize

UNLABELLED: Final = -100
"""The target of a row without a label or code: torch's own mark for one that the cross-entropy passes over."""


@dataclass(frozen=True)
class Objective:
    """What training minimises; a weight of 0 switches a term off.

    Attributes:
        weights: Weight of each class.
        smoothing: Share of probability spread over the other labels.
        r_drop: Weight of the divergence between two passes (Liang et al., NeurIPS 2021).
        teaching: Share of the teachers in the loss of a labelled row.
        softness: Temperature of the teachers' probabilities.
        contrast: Share of the supervised contrastive loss.
        closeness: Its temperature.
        codes: Weight of the cross-entropy of the finer codes.
        polarity: Weight of the cross-entropy of the two signals against each other on sentences with a polarity.
        signals: The outputs that conflict and cooperation lean to.
        doubt: Probability of the other signal on a sentence with a polarity.
    """

    weights: Sequence[float]
    smoothing: float = 0.0
    r_drop: float = 0.0
    teaching: float = 0.0
    softness: float = 1.0
    contrast: float = 0.0
    closeness: float = 1.0
    codes: float = 0.0
    polarity: float = 0.0
    signals: tuple[int, int] = (0, 1)
    doubt: float = 0.0

    @property
    def reads_states(self) -> bool:
        """Whether the hidden states are wanted beside the logits."""
        return bool(self.contrast or self.codes)

    def __call__(self, outputs: Any, targets: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the loss of one pass in training.

        Args:
            outputs: The model's, with `logits` of shape (n, k); with `hidden_states` and `code_logits` where they are read.
            targets: "labels" (n,), -100 where there is none; "teacher" (n, k), "codes" (n,) and "polarity" (n,), from
                0 (cooperation) to 1 (conflict) and -100 where it is not known, where they are configured.

        Returns:
            A scalar.
        """
        logits: torch.Tensor = outputs.logits.float()
        labels = targets["labels"]
        labelled = labels != UNLABELLED
        share = labelled.float().mean()
        loss = logits.sum() * 0
        if labelled.any():
            weights = torch.tensor(list(self.weights), dtype=torch.float32, device=logits.device)
            loss = cross_entropy(logits, labels, weight=weights, label_smoothing=self.smoothing)
        if self.teaching:
            soft = soft_cross_entropy(logits, targets["teacher"], self.softness)
            loss = (1 - self.teaching) * share * loss + (soft * torch.where(labelled, self.teaching, 1.0)).mean()
        if self.contrast:
            states = outputs.hidden_states[-1][:, 0].float()[labelled]
            apart = supervised_contrastive(states, labels[labelled], self.closeness)
            loss = (1 - self.contrast) * loss + self.contrast * apart
        if self.codes and (targets["codes"] != UNLABELLED).any():
            loss = loss + self.codes * cross_entropy(outputs.code_logits.float(), targets["codes"])
        if self.polarity:
            loss = loss + self.polarity * polarity_loss(logits, targets["polarity"], self.signals, self.doubt)
        total: torch.Tensor = loss
        return total


def class_weights(shares: Sequence[float], power: float) -> list[float]:
    """Return a weight for each class that makes rare classes count more.

    Args:
        shares: Share of each class in the training data.
        power: 0 weighs all rows the same, 1 all classes the same.

    Returns:
        (1 / (k * share)) ** power for each of the k classes, scaled so that the mean weight of a training row is 1; 0 for a
        class that does not occur.
    """
    raw = [(1 / (len(shares) * share)) ** power if share > 0 else 0.0 for share in shares]
    mean = sum(weight * share for weight, share in zip(raw, shares, strict=True))
    return [weight / mean for weight in raw]


def divergence(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return the symmetric Kullback-Leibler divergence of two sets of logits, the mean of both directions over the rows.

    Args:
        first: Logits of shape (n, k).
        second: Logits of shape (n, k).

    Returns:
        A scalar in nats, 0 where both say the same.
    """
    p, q = torch.log_softmax(first, dim=-1), torch.log_softmax(second, dim=-1)
    return ((p.exp() - q.exp()) * (p - q)).sum(dim=-1).mean() / 2


def soft_cross_entropy(logits: torch.Tensor, probabilities: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return the cross-entropy with a teacher's probabilities (Hinton et al., 2015).

    Args:
        logits: The student's, of shape (n, k).
        probabilities: The teacher's at this temperature, of shape (n, k).
        temperature: Divides the student's logits; its square brings the gradients back to the size of a label's.

    Returns:
        Shape (n,).
    """
    return -(probabilities * log_softmax(logits / temperature, dim=-1)).sum(dim=-1) * temperature**2


def polarity_loss(logits: torch.Tensor, polarity: torch.Tensor, signals: tuple[int, int], doubt: float) -> torch.Tensor:
    """Return the cross-entropy of one signal against the other, whatever the probability of neither.

    Args:
        logits: Shape (n, k).
        polarity: Shape (n,), from 0 (cooperation) to 1 (conflict), -100 where it is not known.
        signals: The outputs that conflict and cooperation lean to.
        doubt: Probability left to the other signal where the polarity is 0 or 1.

    Returns:
        A scalar: the sum over the rows whose polarity is known, divided by n, so that a row counts the same in every batch.
    """
    known = polarity != UNLABELLED
    wanted = torch.where(known, polarity, 0.5).to(logits.dtype) * (1 - 2 * doubt) + doubt
    apart = logits[:, signals[0]] - logits[:, signals[1]]
    return (binary_cross_entropy_with_logits(apart, wanted, reduction="none") * known).mean()


def supervised_contrastive(states: torch.Tensor, labels: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return the loss that draws rows of one label together and others apart (Khosla et al., 2020, equation 2).

    Args:
        states: Shape (n, width).
        labels: Shape (n,).
        temperature: Divides the cosine similarities.

    Returns:
        A scalar, the mean over the rows with another one of their label in the batch; 0 where there is none.
    """
    unit = normalize(states, dim=-1)
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    likeness = (unit @ unit.T / temperature).masked_fill(itself, torch.finfo(unit.dtype).min)
    same = (labels[:, None] == labels[None]) & ~itself
    paired = same.any(dim=1)
    if not paired.any():
        return states.sum() * 0
    logs = log_softmax(likeness, dim=1).masked_fill(~same, 0.0)
    return -(logs.sum(dim=1)[paired] / same.sum(dim=1)[paired]).mean()
