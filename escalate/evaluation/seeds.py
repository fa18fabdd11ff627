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


def read_result(path: Path, rows: int, sha256: str, labels: Sequence[str]) -> dict[str, Any]:
    """Read a result that `escalate evaluate --results` wrote.

    Args:
        path: The JSON file.
        rows: Number of rows that it must be about.
        sha256: Hash of the file that they must come from, wherever it lay.
        labels: Their labels, in any order.

    Returns:
        The result.

    Raises:
        DataError: If the file cannot be read, holds no result, or is about other data or labels.
    """
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as a result: {error}") from error
    needed = {"data": dict, "macro_f1": float, "per_class": dict, "rows": int}
    if not isinstance(result, dict) or not all(isinstance(result.get(name), kind) for name, kind in needed.items()):
        raise DataError(f"{path}: no result of an evaluation; write one with: escalate evaluate BUNDLE DATA --results {path}")
    if result["rows"] != rows:
        raise DataError(f"{path}: a result on {result['rows']} rows, but the data has {rows}; evaluate on the same data")
    # The file that was evaluated comes first, those of contrast sets and thresholds after it.
    if next(iter(result["data"].values()), None) != sha256:
        raise DataError(f"{path}: a result on {', '.join(result['data'])} with other content; evaluate on the same data")
    if set(result["per_class"]) != set(labels):
        raise DataError(f"{path}: a result with the labels {', '.join(result['per_class'])}, expected {', '.join(labels)}")
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
