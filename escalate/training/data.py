"""The rows of a training run: files read, labels found, validation set aside."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from escalate.data.labelled import Columns, LabelledText, labels_in, read_labelled, texts_in
from escalate.data.manifest import checked_hash
from escalate.errors import DataError
from escalate.training.config import DataConfig


class TrainingData(NamedTuple):
    """Labels in the order of the outputs, rows, and SHA-256 by file."""

    labels: list[str]
    train: list[LabelledText]
    validation: list[LabelledText]
    hashes: dict[str, str]


def read_training_data(config: DataConfig, seed: int) -> TrainingData:
    """Read what a configuration names; the same configuration, seed and files give the same rows.

    Args:
        config: The configuration's data section.
        seed: Decides which rows are set aside for validation, and which are drawn, where a share or a sample of them is.

    Returns:
        The rows; `validation` is empty where neither files nor a share are configured.

    Raises:
        DataError: If a file cannot be used, or there are too few rows to set some aside or to draw the sample from.
    """
    hashes = {
        path: checked_hash(Path(path), allow_unlisted=config.allow_unlisted) for path in [*config.train, *config.validation]
    }
    columns = Columns(config.text_column, config.label_column)
    labels = config.labels if config.labels is not None else labels_in([Path(path) for path in config.train], columns)
    if len(labels) < 2:
        raise DataError(
            f"{', '.join(config.train)}: the only label is {', '.join(labels) or 'none'}; training needs two or more"
        )
    train = _rows(config.train, labels, columns)
    validation = _rows(config.validation, labels, columns)
    if config.validation_share:
        train, validation = _set_aside(train, config.validation_share, seed)
    if config.sample is not None:
        if config.sample >= len(train):
            raise DataError(f"data.sample: {config.sample} of {len(train)} training rows are no sample; leave it out")
        train = random.Random(seed).sample(train, config.sample)
    return TrainingData(labels, train, validation, hashes)


def read_texts(paths: Sequence[str], *, allow_unlisted: bool) -> tuple[list[str], dict[str, str]]:
    """Read texts whose labels, if they have any, are not wanted.

    Args:
        paths: JSON Lines files with the field `text`.
        allow_unlisted: Whether to take files that no manifest vouches for.

    Returns:
        The texts in order, and SHA-256 by file.

    Raises:
        DataError: If a file cannot be read, a line has no text, or a hash is not the manifest's.
    """
    hashes = {path: checked_hash(Path(path), allow_unlisted=allow_unlisted) for path in paths}
    return [text for path in paths for text in texts_in(Path(path))], hashes


def _rows(paths: Sequence[str], labels: Sequence[str], columns: Columns) -> list[LabelledText]:
    return [row for path in paths for row in read_labelled(Path(path), labels, columns)[0]]


def _set_aside(rows: list[LabelledText], share: float, seed: int) -> tuple[list[LabelledText], list[LabelledText]]:
    from sklearn.model_selection import StratifiedGroupKFold

    folds = round(1 / share)
    groups = [row.article for row in rows]
    if len(set(groups)) < folds:
        raise DataError(f"{len(set(groups))} articles are too few to set {share:.0%} aside; give more rows or a larger share")
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    kept, aside = next(splitter.split(rows, [row.target for row in rows], groups))
    return [rows[i] for i in kept], [rows[i] for i in aside]
