"""The trainer's speed beside a plain Trainer, as Markdown."""

from __future__ import annotations

from typing import Any

import numpy as np


def training_speed_table(results: dict[str, Any]) -> str:
    """Write what `benchmarks.speed.training` found as a Markdown table.

    Args:
        results: Its results file.

    Returns:
        A row for each trainer, and below it the ratios and what was trained.
    """
    lines = ["| trainer | examples/s | validation macro-F1 |", "| --- | --- | --- |"]
    for name, found in results["trainers"].items():
        lines.append(f"| {name} | {_spread(found['examples_per_second'], 0)} | {_spread(found['macro_f1'], 3)} |")
    seeds, rows = ", ".join(map(str, results["seeds"])), results["rows"]
    lines += [
        "",
        f"{_spread(results['ratios'], 2)} times the speed, from the base on disk to the trained checkpoint on disk; "
        f"mean [lowest, highest] of the seeds {seeds}; {rows['train']:,} rows trained on, {rows['validation']:,} validated on, "
        f"{results['settings']['optimisation']['epochs']} epoch(s); ours computes in {results['precision']}, the plain one in "
        "float32.",
    ]
    return "\n".join(lines)


def _spread(values: list[float], digits: int) -> str:
    return f"{np.mean(values):.{digits}f} [{min(values):.{digits}f}, {max(values):.{digits}f}]"
