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
