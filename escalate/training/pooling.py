"""Teach an encoder's first position what the mean over its positions says, before a classifier is put on it.

Sentence encoders such as all-MiniLM-L6-v2 are trained with mean pooling; their first position, which the classifiers of
transformers read, has learnt nothing. A student with the same weights learns to give the teacher's mean-pooled embedding at
its first position (self-distillation after Hinton et al., 2015), from texts without labels.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from escalate.errors import ConfigError
from escalate.model import fingerprint
from escalate.text import normalise
from escalate.training.first_position import read_first_position
from escalate.training.layers import freeze_layers
from escalate.training.sampling import LengthBatches
from escalate.training.sections import PoolingConfig

# A pooler ends in tanh: the target's values, of unit length over its width, are brought to where tanh still has a slope.
_SCALE: Final = 0.4
_LARGEST: Final = 0.98
_LOG_EVERY: Final = 100

logger = logging.getLogger(__name__)


def distil_pooling(base: Path, texts: Sequence[str], config: PoolingConfig, target: Path) -> Path:
    """Write a checkpoint whose pooled first position gives the mean-pooled embedding of the base checkpoint.

    Args:
        base: Directory of the base checkpoint.
        texts: Texts without labels, n of them; one pass is made over them.
        config: The configuration's section.
        target: Directory to write; where it exists it is taken as it is.

    Returns:
        The target.

    Raises:
        ConfigError: If the architecture has no pooler, or fewer layers than are to be frozen.
    """
    if target.is_dir():
        return target
    tokenizer = AutoTokenizer.from_pretrained(base)
    teacher, student = AutoModel.from_pretrained(base).eval(), AutoModel.from_pretrained(base).eval()
    if getattr(student, "pooler", None) is None:
        raise ConfigError(f"pooling: {type(student).__name__} has no pooler at its first position; leave the section out")
    read_first_position(student)
    freeze_layers(student, config.frozen_layers, "pooling.frozen_layers")
    learning = [parameter for parameter in student.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=config.learning_rate)
    batches = _batches(texts, tokenizer, config)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (0.05 * len(batches))) * (len(batches) - step) / len(batches)
    )
    for step, batch in enumerate(batches, start=1):
        with torch.no_grad():
            wanted = _mean_pooled(teacher(**batch).last_hidden_state, batch["attention_mask"])
        found = student(**batch).pooler_output
        loss = torch.nn.functional.mse_loss(found, wanted)
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        if step % _LOG_EVERY == 0 or step == len(batches):
            cosine = torch.nn.functional.cosine_similarity(found.detach(), wanted).mean().item()
            logger.info("pooling: batch %d of %d, cosine similarity %.3f", step, len(batches), cosine)
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".pooled-", dir=target.parent))
    student.save_pretrained(staging)
    tokenizer.save_pretrained(staging)
    try:
        staging.rename(target)
    except OSError:
        # Another run that keeps its result in the same place was first.
        if not target.is_dir():
            raise
        shutil.rmtree(staging)
    return target


def pooled_at(base: Path, texts: Sequence[str], config: PoolingConfig, otherwise: Path) -> Path:
    """Say where the result of `distil_pooling` belongs.

    Args:
        base: Directory of the base checkpoint.
        texts: The texts.
        config: The configuration's section.
        otherwise: The place where nothing is kept.

    Returns:
        A directory in `config.keep` named after the base's weights, the texts and the settings, or `otherwise`.
    """
    if config.keep is None:
        return otherwise
    made_from = [fingerprint(base), list(texts), config.model_dump(exclude={"keep", "texts"})]
    return Path(config.keep) / hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:16]


def _mean_pooled(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean over a text's positions, scaled for a pooler, of shape (batch, width)."""
    kept = mask.unsqueeze(-1).to(states.dtype)
    mean = torch.nn.functional.normalize((states * kept).sum(dim=1) / kept.sum(dim=1), dim=-1)
    return (mean * math.sqrt(states.shape[-1]) * _SCALE).clamp(-_LARGEST, _LARGEST)


def _batches(texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, config: PoolingConfig) -> list[Any]:
    """Return padded batches of like length, in random order."""
    ids = tokenizer([normalise(text) for text in texts], truncation=True, max_length=config.max_tokens)["input_ids"]
    order = list(LengthBatches([len(of_text) for of_text in ids], config.batch_size, config.seed))
    parts = [order[start : start + config.batch_size] for start in range(0, len(order), config.batch_size)]
    return [tokenizer.pad({"input_ids": [ids[place] for place in part]}, return_tensors="pt") for part in parts]
