"""Hugging Face's Trainer with the project's objective in training only: the loss on validation stays comparable."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch.nn.functional import cross_entropy
from transformers import Trainer

from escalate.training.layers import parameter_groups
from escalate.training.losses import Objective, divergence
from escalate.training.sampling import LengthBatches

_TARGETS: Final[tuple[str, ...]] = ("labels", "teacher", "codes", "polarity")


class ObjectiveTrainer(Trainer):
    """Minimises an `Objective`, with learning rates that may fall from layer to layer."""

    def __init__(self, *arguments: Any, objective: Objective, layer_decay: float = 1.0, **options: Any) -> None:
        """Take the objective beside the Trainer's own settings.

        Args:
            *arguments: Passed to the Trainer.
            objective: What training minimises.
            layer_decay: Factor of the learning rate from one layer to the next lower one.
            **options: Passed to the Trainer.
        """
        super().__init__(*arguments, **options)
        # The objective takes means over a batch, so that the Trainer has to divide by the batches of a step.
        self.model_accepts_loss_kwargs = False
        self._objective = objective
        self._layer_decay = layer_decay

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,  # noqa: ARG002
    ) -> Any:
        """Return the loss of a batch, and the model's outputs if asked."""
        inputs = dict(inputs)
        targets: dict[str, torch.Tensor] = {name: inputs.pop(name) for name in _TARGETS if name in inputs}
        if not model.training:
            outputs = model(**inputs)
            loss = cross_entropy(outputs.logits.float(), targets["labels"])
            return (loss, outputs) if return_outputs else loss
        if self._objective.reads_states:
            inputs["output_hidden_states"] = True
        outputs = model(**inputs)
        loss = self._objective(outputs, targets)
        if self._objective.r_drop:
            again = model(**inputs)
            apart = divergence(outputs.logits, again.logits)
            loss = (loss + self._objective(again, targets)) / 2 + self._objective.r_drop * apart
        return (loss, outputs) if return_outputs else loss

    def _get_train_sampler(self, train_dataset: Any = None) -> torch.utils.data.Sampler[int]:
        rows: Any = self.train_dataset if train_dataset is None else train_dataset
        size = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return LengthBatches(rows["length"], size, self.args.seed)

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Return the optimiser; with a learning rate for each layer where they differ."""
        if self._layer_decay < 1 and self.optimizer is None:
            learner: Any = self.model if model is None else model
            kind, settings = self.get_optimizer_cls_and_kwargs(self.args, learner)
            decayed = self.get_decay_parameter_names(learner)
            groups = parameter_groups(learner, decayed, settings["lr"], self._layer_decay, self.args.weight_decay)
            self.optimizer = kind(groups, **settings)
        return super().create_optimizer(model)
