"""Tables of benchmark results for the README; published figures of others stand in a column of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def benchmark_table(results: dict[str, Any]) -> str:
    """Write one benchmark's results as a Markdown table.

    Args:
        results: A results file of `benchmarks.run`.

    Returns:
        A row for each model, best first, then one for each published figure of others, which is in the last column and was
        not measured here; below it data, seed, leaks and command. Where labels are scored a column says by how much the
        bundle's macro-F1 is ahead, with the larger p of a paired bootstrap and of McNemar's test.
    """
    columns = _columns(results["models"])
    leads = any("lead_of_bundle" in found for found in results["models"].values())
    header = [
        "model",
        *columns,
        *([f"{results['bundle']['name']} ahead by"] if leads else []),
        *(["published by others"] if results["published"] else []),
    ]
    first = next(iter(columns.values()), None)
    models = sorted(results["models"].items(), key=lambda item: -first(item[1])[0] if first else 0)
    lines = [f"| {' | '.join(header)} |", f"| {' | '.join('---' for _ in header)} |"]
    for name, found in models:
        cells = [name, *(_cell(*column(found)) for column in columns.values()), *([_lead(found)] if leads else [])]
        lines.append(f"| {' | '.join([*cells, *([''] if results['published'] else [])])} |")
    for figure in results["published"]:
        value = f"{figure['value']:.3f}, {figure['measure']} ({figure['source']})"
        lines.append(f"| {' | '.join([figure['model'], *('' for _ in columns), *([''] if leads else []), value])} |")
    return "\n".join([*lines, "", _provenance(results)])


def summary_table(results: Sequence[dict[str, Any]]) -> str:
    """Write several benchmarks side by side: the first figure of each, models as rows.

    Args:
        results: Results files whose models have a polarity.

    Returns:
        A table of polarity AUROC with intervals, and polarity accuracy; a dash where a model was not run.
    """
    names = list(dict.fromkeys(name for found in results for name in found["models"]))
    lines = [
        f"| polarity AUROC, accuracy | {' | '.join(found['task'] for found in results)} |",
        f"| --- | {' | '.join('---' for _ in results)} |",
    ]
    for name in names:
        said = [found["models"].get(name, {}).get("polarity") for found in results]
        cells = [f"{_cell(*_value(one, 'auroc'))}, {one['accuracy']:.3f}" if one else "-" for one in said]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    files = ", ".join(
        f"`{found['data']['file']}` {found['data']['sha256'][:12]} ({found['data']['rows']})" for found in results
    )
    return "\n".join([*lines, "", f"Files, SHA-256 and rows: {files}. Seed {results[0]['seed']}; 95% bootstrap intervals."])


def _columns(models: dict[str, Any]) -> dict[str, Any]:
    has = {part for found in models.values() for part in found}
    columns: dict[str, Any] = {}
    if "polarity" in has:
        columns["polarity AUROC"] = lambda found: _value(found["polarity"], "auroc")
        columns["polarity accuracy"] = lambda found: _value(found["polarity"], "accuracy")
        columns["polarity macro-F1"] = lambda found: _value(found["polarity"], "macro_f1")
    if "labels" in has:
        columns["macro-F1"] = lambda found: _value(found["labels"], "macro_f1")
    if "contrast" in has:
        columns["sentences right"] = lambda found: (found["contrast"]["sentences"], None)
        columns["groups right"] = lambda found: (found["contrast"]["groups"], None)
    return columns


def _value(part: dict[str, Any], name: str) -> tuple[float, Any]:
    return part[name], part["intervals"][name]


def _cell(value: float, interval: Any) -> str:
    return f"{value:.3f}" if interval is None else f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _lead(found: dict[str, Any]) -> str:
    if "lead_of_bundle" not in found:
        return ""
    lead = found["lead_of_bundle"]
    p = max(lead["p_bootstrap"], lead["mcnemar"]["p_exact"])
    return f"{_cell(lead['macro_f1_difference'], lead['interval'])}, p {'below 0.01' if p < 0.01 else f'{p:.2f}'}"


def _provenance(results: dict[str, Any]) -> str:
    data = results["data"]
    parts = [
        f"{results['title']}: {data['rows']} rows of `{data['file']}`, SHA-256 {data['sha256'][:12]}; seed {results['seed']}"
    ]
    if "training" in results["leaks"]:
        found = results["leaks"]["training"]
        parts.append(f"test sentences in the training data: {found['exact']}, nearly the same: {found['near']}")
    if "folds" in results["leaks"]:
        found = results["leaks"]["folds"]
        parts.append(f"{results['folds']} folds; sentences in two folds: {found['exact']}, nearly the same: {found['near']}")
    for name, found in results["leaks"]["shared"].items():
        if isinstance(found, dict):
            parts.append(f"shared with {name}: {found['sentences']}, of other polarity there: {found['other_polarity']}")
    if results["left_out"]:
        parts.append(f"left out: {', '.join(results['left_out'])}")
    return f"{'; '.join(parts)}. Command: `{results['command']}`."
