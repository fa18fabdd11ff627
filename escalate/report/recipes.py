"""The table of training recipes."""

from __future__ import annotations

from typing import Any


def recipes_table(results: dict[str, Any]) -> str:
    """Write the comparison of training recipes as a Markdown table, best first.

    Args:
        results: What `training.recipes.compare_recipes` returned, with "command".

    Returns:
        The table, with command and data below it.
    """
    count = len(results["seeds"])
    lines = [
        f"| recipe | changed | validation macro-F1, mean of {count} seeds | standard deviation |",
        "| --- | --- | --- | --- |",
    ]
    for name, found in sorted(results["variants"].items(), key=lambda item: -item[1]["macro_f1"]["mean"]):
        changed = ", ".join(f"`{key}: {value}`" for key, value in found["settings"].items()) or "nothing"
        deviation = f"{found['macro_f1']['sd']:.3f}" if count > 1 else "one seed"
        lines.append(f"| {name} | {changed} | {found['macro_f1']['mean']:.3f} | {deviation} |")
    hashes = ", ".join(f"`{path}` {sha256[:12]}" for path, sha256 in results["data"].items())
    seeds = ", ".join(map(str, results["seeds"]))
    lines += ["", f"Base: `{results['base']}`; seeds {seeds}; command: `{results['command']}`; SHA-256: {hashes}."]
    return "\n".join(lines)
