"""What scores the blocks, and the engine that does it in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from escalate.batch.columns import score_columns

if TYPE_CHECKING:
    import pyarrow

    from escalate.predict import Predictor


class Engine(Protocol):
    """Scores lists of texts; takes the next ones only as fast as it gets on."""

    def __call__(self, texts: Iterator[list[str]], tick: Callable[[int], None]) -> Iterator[pyarrow.Table]:
        """Score.

        Args:
            texts: Lists of texts.
            tick: Called with the number of texts done since the last call.

        Returns:
            An iterator over the columns of `score_columns`, without a prefix, for each list, in order.
        """
        ...


class LocalEngine:
    """Scores in this process; the cores share the texts."""

    def __init__(self, predictor: Predictor) -> None:
        """Put the engine together.

        Args:
            predictor: A loaded model.
        """
        self._predictor = predictor

    def __call__(self, texts: Iterator[list[str]], tick: Callable[[int], None]) -> Iterator[pyarrow.Table]:
        """Score; see `Engine`.

        Args:
            texts: Lists of texts.
            tick: Called with the number of texts done since the last call.

        Returns:
            An iterator over the scored columns of each list, in order.
        """
        return (score_columns(self._predictor, each, tick=tick) for each in texts)
