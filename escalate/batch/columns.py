"""What scoring adds to a table: the same columns from every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from escalate.errors import DataError, require

if TYPE_CHECKING:
    import pyarrow

    from escalate.predict import Predictor


def score_fields(labels: Sequence[str], prefix: str = "") -> list[tuple[str, Any]]:
    """Return names and Arrow types of the columns that scoring adds.

    Args:
        labels: The bundle's labels.
        prefix: Put before each name.

    Returns:
        label, p_<label> for each label, score, truncated and empty.
    """
    import pyarrow

    chances = [(f"p_{label}", pyarrow.float32()) for label in labels]
    flags = [("truncated", pyarrow.bool_()), ("empty", pyarrow.bool_())]
    fields = [("label", pyarrow.string()), *chances, ("score", pyarrow.float32()), *flags]
    return [(prefix + name, kind) for name, kind in fields]


def check_names(present: Sequence[str], labels: Sequence[str], prefix: str = "") -> None:
    """Refuse a table that already has a column which scoring adds.

    Args:
        present: The names of its columns.
        labels: The bundle's labels.
        prefix: Put before each name that is added.

    Raises:
        DataError: If a name would be there twice.
    """
    if clashes := [name for name, _ in score_fields(labels, prefix) if name in present]:
        raise DataError(
            f"the input already has {', '.join(map(repr, clashes))}, which scoring adds; give --prefix (prefix=...), such as "
            "escalate_"
        )


def score_columns(
    predictor: Predictor, texts: Iterable[str], *, prefix: str = "", tick: Callable[[int], None] | None = None
) -> pyarrow.Table:
    """Score texts into an Arrow table, which pandas, Polars, Spark, Ray and `datasets` take without further ado.

    Args:
        predictor: A loaded model.
        texts: n texts; a column of pandas, Polars or Arrow will do.
        prefix: Put before the name of each column.
        tick: Called with the number of texts done since the last call.

    Returns:
        n rows: label, p_<label> for each label, score in [-1, 1], truncated, and empty (nothing readable in the text). An
        empty row has the label "neutral" and the shares of the labels in training: leave it out of means.

    Raises:
        MissingExtraError: If pyarrow is not installed.
        TypeError: If a text is no string; the message names its position.
    """
    require("batch", "pyarrow")
    import pyarrow

    fields = score_fields(predictor.labels, prefix)
    columns: list[list[Any]] = [[] for _ in fields]
    done = 0
    for done, found in enumerate(predictor.iter(texts), start=1):
        chances = [found.probabilities[label] for label in predictor.labels]
        for column, value in zip(columns, (found.label, *chances, found.score, found.truncated, found.empty), strict=True):
            column.append(value)
        if tick and done % _TICK == 0:
            tick(_TICK)
    if tick:
        tick(done % _TICK)
    return pyarrow.table(
        [pyarrow.array(column, kind) for column, (_, kind) in zip(columns, fields, strict=True)],
        schema=pyarrow.schema(fields),
    )


_TICK = 64
