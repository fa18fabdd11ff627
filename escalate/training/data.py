"""The rows of a training run: files read, labels found, validation set aside."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.data.labelled import Columns, LabelledText, labels_in, read_labelled, texts_in
from escalate.data.manifest import checked_hash
from escalate.errors import DataError
from escalate.text import sentence_hash
from escalate.training.config import DataConfig

logger = logging.getLogger(__name__)


class TrainingData(NamedTuple):
    """Labels in the order of the outputs, rows, and SHA-256 by file."""

    labels: list[str]
    train: list[LabelledText]
    validation: list[LabelledText]
    hashes: dict[str, str]


def read_training_data(config: DataConfig, seed: int) -> TrainingData:
    """Read what a configuration names; the same configuration, seed and files give the same rows.

    Validation rows whose text stands among the training rows, and labels without rows, are logged as warnings.

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
        train, validation = _set_aside(train, len(labels), config.validation_share, seed)
    if config.sample is not None:
        if config.sample >= len(train):
            raise DataError(f"data.sample: {config.sample} of {len(train)} training rows are no sample; leave it out")
        train = random.Random(seed).sample(train, config.sample)
    _warn(labels, train, validation)
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


def _set_aside(rows: list[LabelledText], count: int, share: float, seed: int) -> tuple[list[LabelledText], list[LabelledText]]:
    """Split rows by their groups, drawn at random; a group is set aside where that brings the labels nearer to their share."""
    groups = _together(rows)
    labels = np.zeros((groups.max() + 1, count))
    np.add.at(labels, (groups, np.array([row.target for row in rows])), 1)
    wanted = share * labels.sum(axis=0)
    apart, aside = -wanted, np.zeros(len(labels), dtype=bool)
    for group in np.random.default_rng(seed).permutation(len(labels)):
        nearer = apart + labels[group]
        # The chi-squared distance: a rare label counts as much as a frequent one.
        if _squares(nearer, wanted) < _squares(apart, wanted):
            apart, aside[group] = nearer, True
    if not aside.any() or aside.all():
        raise DataError(
            f"data.validation_share: {len(rows)} rows in {len(labels)} groups (those of an article and of the same text stay "
            f"together) are too few to set {share:g} of them aside; give more rows or another share"
        )
    sides: tuple[list[LabelledText], list[LabelledText]] = ([], [])
    for row, group in zip(rows, groups, strict=True):
        sides[int(aside[group])].append(row)
    return sides


def _squares(apart: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    known = wanted > 0
    return float((apart[known] ** 2 / wanted[known]).sum())


def _together(rows: Sequence[LabelledText]) -> NDArray[np.int64]:
    """Return the number of each row's group: rows of an article, and rows of the same text, are in the same one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    articles = np.unique([row.article for row in rows], return_inverse=True)[1]
    texts = np.unique([sentence_hash(row.text) for row in rows], return_inverse=True)[1] + articles.max() + 1
    links = coo_array((np.ones(len(rows)), (articles, texts)), shape=(texts.max() + 1, texts.max() + 1))
    return np.asarray(connected_components(links, directed=False)[1][articles])


def _warn(labels: Sequence[str], train: Sequence[LabelledText], validation: Sequence[LabelledText]) -> None:
    known = {sentence_hash(row.text) for row in train}
    shared = sum(sentence_hash(row.text) in known for row in validation)
    if shared:
        logger.warning(
            "%d of %d validation rows have the text of a training row, which flatters every validation figure; leave them out",
            shared,
            len(validation),
        )
    for name, rows in (("training", train), ("validation", validation)):
        found = {row.target for row in rows}
        missing = [label for number, label in enumerate(labels) if number not in found]
        if rows and missing:
            logger.warning("no %s row is labelled %s; give rows of every label", name, ", ".join(missing))
