"""What a rival is: a classifier in scikit-learn's manner, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from escalate.errors import ConfigError

Floats = NDArray[np.float64]


class Classifier(Protocol):
    """Learns from texts with the indexes of their labels, and gives probabilities of shape (n, k)."""

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> Any:
        """Learn; a rival that does not learn looks at nothing."""

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""


@runtime_checkable
class Savable(Protocol):
    """A classifier that can be written to disk, for its size to be known."""

    def save(self, folder: Path) -> None:
        """Write what prediction needs into a folder."""


@dataclass(frozen=True)
class Setting:
    """The labels in the order of the columns, the seed, and the rival's options from the configuration."""

    labels: tuple[str, ...]
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)

    def option(self, name: str, default: Any) -> Any:
        """Return an option."""
        return self.options.get(name, default)


class Rival(NamedTuple):
    """A method: how it is made, whether it learns (others read the project's three labels only), what it needs."""

    make: Callable[[Setting], Classifier]
    learns: bool
    options: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


class Aligned:
    """A classifier of scikit-learn with a column for each label, also for those that it has not seen in training."""

    def __init__(self, classifier: Any, labels: Sequence[str]) -> None:
        """Wrap a classifier.

        Args:
            classifier: Fits on texts, or on what stands for them, with the indexes of their labels.
            labels: The labels in the order of the columns.
        """
        self.classifier = classifier
        self._count = len(labels)

    def fit(self, texts: Any, targets: Sequence[int]) -> None:
        """Learn."""
        self.classifier.fit(texts, list(targets))

    def predict_proba(self, texts: Any) -> Floats:
        """Return a row for each text."""
        return in_columns(self.classifier.predict_proba(texts), self.classifier.classes_, self._count)


def in_columns(found: Floats, classes: Sequence[int], count: int) -> Floats:
    """Put the probabilities of some labels into the columns of all of them.

    Args:
        found: Shape (n, number of classes).
        classes: The labels' indexes in the order of the columns of `found`.
        count: Number of labels, k.

    Returns:
        Shape (n, k), 0 for a label that is not among the classes.
    """
    rows = np.zeros((len(found), count))
    rows[:, np.asarray(classes, dtype=np.int64)] = found
    return rows


def check_options(method: str, rival: Rival, options: Mapping[str, Any]) -> None:
    """Refuse options that a rival does not know.

    Args:
        method: The rival's name.
        rival: The rival.
        options: The options from the configuration.

    Raises:
        ConfigError: If there is one.
    """
    unknown = sorted(set(options) - set(rival.options))
    if unknown:
        raise ConfigError(f"rival {method}: unknown option {', '.join(unknown)}; it takes {', '.join(rival.options) or 'none'}")
