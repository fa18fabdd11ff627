"""The table of training recipes."""

from __future__ import annotations

import json
from typing import Any


def recipes_table(results: dict[str, Any]) -> str:
    """Write the comparison of training recipes as a Markdown table, best first.

    Args:
        results: What `training.recipes.compare_recipes` returned, with "command".

    Returns:
        The table, with the difference to the variant that changes nothing seed by seed, and command and data below it.
    """
    count, variants = len(results["seeds"]), results["variants"]
    unchanged = next((found["runs"] for found in variants.values() if not found["settings"]), None)
    lines = [
        f"| recipe | changed | validation macro-F1, mean of {count} seeds | standard deviation | difference by seed |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, found in sorted(variants.items(), key=lambda item: -item[1]["macro_f1"]["mean"]):
        deviation = f"{found['macro_f1']['sd']:.3f}" if count > 1 else "one seed"
        apart = _apart(found["runs"], unchanged) if unchanged and found["settings"] else "–"
        cells = [name, _said(found["settings"]) or "nothing", f"{found['macro_f1']['mean']:.3f}", deviation, apart]
        lines.append(f"| {' | '.join(cells)} |")
    hashes = ", ".join(f"`{path}` {sha256[:12]}" for path, sha256 in results["data"].items())
    seeds, common = ", ".join(map(str, results["seeds"])), _said(results["common"]) or "nothing"
    lines += [
        "",
        f"Base: `{results['base']}`; in all of them: {common}; seeds {seeds}; command: `{results['command']}`; "
        f"SHA-256: {hashes}.",
    ]
    return "\n".join(lines)


def _said(settings: dict[str, Any]) -> str:
    return ", ".join(f"`{key}: {json.dumps(value)}`" for key, value in settings.items())


def _apart(runs: dict[str, Any], unchanged: dict[str, Any]) -> str:
    return ", ".join(f"{runs[seed]['macro_f1'] - unchanged[seed]['macro_f1']:+.3f}" for seed in runs)
