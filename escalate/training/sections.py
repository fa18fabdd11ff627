"""Sections of a training configuration that may be left out: each switches one method on."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from escalate.labels import DE_ESCALATION, ESCALATION

Seed: TypeAlias = Annotated[int, Field(ge=0, le=2**32 - 1)]
"""A seed that Python, NumPy and torch all take."""


class Closed(BaseModel):
    """A section whose keys are all known."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PoolingConfig(Closed):
    """Self-distillation of the mean-pooled embedding into the first position, before fine-tuning; see `pooling`.

    `texts` are JSON Lines files with the field `text`, labelled or not; `frozen_layers` counts the lowest layers that stay as
    they are; `max_tokens` cuts longer texts, which serve as examples only; `seed` decides the order of the texts and is not
    the run's; `keep` is a folder for the result, from which other runs with the same base, texts and settings take it.
    """

    texts: list[str] = Field(min_length=1)
    frozen_layers: int = Field(default=3, ge=0)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=3e-4, gt=0)
    max_tokens: int = Field(default=128, ge=8)
    seed: Seed = 13
    keep: str | None = None


class DistillationConfig(Closed):
    """Learning from the probabilities of other models (Hinton et al., 2015); see `distillation`.

    `teachers` are runs, checkpoints or bundles with the same labels; the probabilities of several are averaged. `texts` are
    JSON Lines files with the field `text`, read beside the training rows for the teachers' sake alone, the first `limit` of
    them where one is set. `temperature` softens teachers and student alike; `weight` is the teachers' share in the loss of a
    labelled row, the label has the rest. `keep` is a folder for what they said, from which runs with other seeds or settings
    take it where teachers, texts and precision are the same.
    """

    teachers: list[str] = Field(min_length=1)
    texts: list[str] = []
    limit: int | None = Field(default=None, ge=1)
    temperature: float = Field(default=2.0, gt=0)
    weight: float = Field(default=0.7, gt=0, le=1)
    keep: str | None = None


class ContrastiveConfig(Closed):
    """Supervised contrastive loss (Khosla et al., 2020) beside the cross-entropy (Gunel et al., 2021); see `losses`.

    `weight` is its share in the loss, the cross-entropy has the rest; `temperature` divides the cosine similarities.
    """

    weight: float = Field(default=0.1, gt=0, lt=1)
    temperature: float = Field(default=0.3, gt=0)


class CodesConfig(Closed):
    """A second task in training: the finer code of a row, told by a head that is thrown away afterwards; see `codes`.

    `column` names the field with the code, which a row may lack; `weight` is that of its cross-entropy.
    """

    column: str = Field(default="code", min_length=1)
    weight: float = Field(default=0.3, gt=0)


class PolarityConfig(Closed):
    """A second task in training: on a sentence that is neutral, which of the two signals is the nearer one; see `losses`.

    `readings` is a file of readers' judgements, conflict or cooperation (`escalate.data.polarity`); `weight` is that of the
    cross-entropy; `conflict` and `cooperation` are the labels that they lean to; `smoothing` is the probability left to the
    other one.
    """

    readings: str = Field(min_length=1)
    weight: float = Field(default=0.3, gt=0)
    conflict: str = ESCALATION
    cooperation: str = DE_ESCALATION
    smoothing: float = Field(default=0.1, ge=0, lt=0.5)


class LoraConfig(Closed):
    """Low-rank adapters (Hu et al., 2022) in place of full fine-tuning, merged into the checkpoint; see `adapters`.

    `rank` is theirs, `alpha` their scale times the rank, `targets` the names of the layers that get one, null for all linear
    layers of the encoder. The classification head is always trained in full.
    """

    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.05, ge=0, lt=1)
    targets: list[str] | None = Field(default=None, min_length=1)
