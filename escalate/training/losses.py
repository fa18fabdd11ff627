"""The loss of the trainer: cross-entropy with label smoothing and class weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import Trainer


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


class WeightedTrainer(Trainer):
    """Hugging Face's Trainer with class weights in its loss, in training only: the loss on validation stays comparable."""

    def __init__(
        self, *arguments: Any, weights: Sequence[float], smoothing: float, r_drop: float = 0.0, **options: Any
    ) -> None:
        """Take the loss's settings beside the Trainer's own.

        Args:
            *arguments: Passed to the Trainer.
            weights: Weight of each class.
            smoothing: Share of probability spread over the other labels.
            r_drop: Weight of the divergence between two passes (Liang et al., NeurIPS 2021); 0 makes one pass.
            **options: Passed to the Trainer.
        """
        super().__init__(*arguments, **options)
        self._weights = torch.tensor(list(weights), dtype=torch.float32)
        self._smoothing = smoothing
        self._r_drop = r_drop

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,  # noqa: ARG002
    ) -> Any:
        """Return the loss of a batch, and the model's outputs if asked."""
        inputs = dict(inputs)
        targets = inputs.pop("labels")
        outputs = model(**inputs)
        loss = self._cross_entropy(outputs.logits, targets, model.training)
        if self._r_drop and model.training:
            again = model(**inputs).logits
            loss = (loss + self._cross_entropy(again, targets, True)) / 2 + self._r_drop * divergence(outputs.logits, again)
        return (loss, outputs) if return_outputs else loss

    def _cross_entropy(self, logits: torch.Tensor, targets: torch.Tensor, training: bool) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(
            logits,
            targets,
            weight=self._weights.to(logits.device) if training else None,
            label_smoothing=self._smoothing if training else 0.0,
        )


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
