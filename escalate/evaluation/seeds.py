"""Mean and spread of a model's figures over training seeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from escalate.errors import DataError

FIGURES: Final = ("macro_f1", "accuracy", "mcc", "false_alarm_rate", "calibration_error", "brier")


def spread(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Summarise the same figures of several runs that differ in nothing but the seed.

    Args:
        results: Two or more results of `evaluate` on the same data.

    Returns:
        "runs" (their number) and "figures": name -> "mean", "sd" (sample standard deviation), "lowest" and "highest"; the F1 of
        each label is among them as "f1_<label>".

    Raises:
        ValueError: If there are fewer than two results.
    """
    if len(results) < 2:
        raise ValueError("a spread needs two results at least")
    flat = [_flat(result) for result in results]
    common = [name for name in flat[0] if all(name in other for other in flat)]
    return {"runs": len(results), "figures": {name: _summary([found[name] for found in flat]) for name in common}}


def read_result(path: Path, rows: int) -> dict[str, Any]:
    """Read a result that `escalate evaluate --results` wrote.

    Args:
        path: The JSON file.
        rows: Number of rows that it must be about.

    Returns:
        The result.

    Raises:
        DataError: If the file cannot be read, holds no result, or is about other data.
    """
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as a result: {error}") from error
    if not isinstance(result, dict) or not {"macro_f1", "per_class", "rows"} <= result.keys():
        raise DataError(f"{path}: no result of an evaluation; write one with: escalate evaluate BUNDLE DATA --results {path}")
    if result["rows"] != rows:
        raise DataError(f"{path}: a result on {result['rows']} rows, but the data has {rows}; evaluate on the same data")
    return result


def _flat(result: dict[str, Any]) -> dict[str, float]:
    found = {name: float(result[name]) for name in FIGURES if name in result}
    return found | {f"f1_{label}": float(row["f1"]) for label, row in result["per_class"].items()}


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {
        "mean": float(np.mean(values)),
        "sd": float(np.std(values, ddof=1)),
        "lowest": min(values),
        "highest": max(values),
    }
