"""A head for the finer codes, learnt beside the labels (Caruana, 1997) and taken off before the checkpoint is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from transformers import PreTrainedModel

from escalate.data.labelled import LabelledText, is_name
from escalate.errors import DataError
from escalate.training.losses import UNLABELLED

_HEAD: Final = "code_head"
_HOOK: Final = "code_hook"


def codes_of(rows: Sequence[LabelledText], column: str) -> tuple[list[int], int]:
    """Number the codes of the training rows.

    Args:
        rows: The rows, n of them.
        column: The field with the code; rows without one have no part in the second task.

    Returns:
        n targets, -100 where there is no code, and the number of different codes.

    Raises:
        DataError: If there are fewer than two codes.
    """
    codes = [row.fields.get(column) for row in rows]
    given = [str(code) if is_name(code) else None for code in codes]
    names = sorted({code for code in given if code is not None})
    if len(names) < 2:
        raise DataError(f"codes: the training rows hold {len(names)} codes in the field {column!r}, a second task needs two")
    return [UNLABELLED if code is None else names.index(code) for code in given], len(names)


def put_head(model: PreTrainedModel, count: int) -> None:
    """Put a second head on a model: where the hidden states are asked for, its outputs gain `code_logits`.

    The head is a part of the model, so that it is trained and resumed with it. It reads the last state of the first position.

    Args:
        model: The model, changed in place.
        count: Number of codes.
    """
    head = torch.nn.Linear(model.config.hidden_size, count)
    torch.nn.init.normal_(head.weight, std=getattr(model.config, "initializer_range", 0.02))
    torch.nn.init.zeros_(head.bias)
    setattr(model, _HEAD, head.to(model.device))
    setattr(model, _HOOK, model.register_forward_hook(_add_codes))


def take_head(model: PreTrainedModel) -> None:
    """Take the second head off again.

    Args:
        model: A model that `put_head` was given, changed in place.
    """
    getattr(model, _HOOK).remove()
    delattr(model, _HOOK)
    delattr(model, _HEAD)


def _add_codes(model: torch.nn.Module, _: Any, outputs: Any) -> None:
    # In the forward pass and not after it, so that gradients of several processes are gathered.
    if outputs.hidden_states is not None:
        outputs["code_logits"] = getattr(model, _HEAD)(outputs.hidden_states[-1][:, 0])
