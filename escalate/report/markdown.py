"""Markdown from result files, put between marks in a document."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from escalate.errors import DataError
from escalate.target import whole

_HEADLINES: Final = {
    "macro-F1": "macro_f1",
    "accuracy": "accuracy",
    "Matthews correlation": "mcc",
    "false alarm rate (neutral called a signal)": "false_alarm_rate",
    "expected calibration error": "calibration_error",
    "Brier score": "brier",
}
_NEAR: Final = 7


def comparison_table(results: dict[str, Any], labels: tuple[str, ...]) -> str:
    """Write the comparison of models as a Markdown table.

    Args:
        results: A results file of `benchmarks.own_test`.
        labels: The labels whose F1 is shown.

    Returns:
        The table, best macro-F1 first, with 95% intervals, and the command, data hash and seed below it.
    """
    models = sorted(results["models"].items(), key=lambda item: -item[1]["macro_f1"])
    lines = [
        f"| model | macro-F1 | {' | '.join(f'F1 {label}' for label in labels)} | accuracy | calibration error |",
        f"| --- | --- | {' | '.join('---' for _ in labels)} | --- | --- |",
    ]
    for name, found in models:
        f1 = {label: _with_interval(found["per_class"][label]["f1"], found["intervals"][f"f1_{label}"]) for label in labels}
        lines.append(
            f"| {name} | {_with_interval(found['macro_f1'], found['intervals']['macro_f1'])} | {' | '.join(f1.values())} | "
            f"{found['accuracy']:.3f} | {found['calibration_error']:.3f} |"
        )
    first = models[0][1]
    hashes = [f"`{path}` {sha256[:12]}" for path, sha256 in results["data"].items()]
    hashes += [f"bundle {name} {sha256[:12]}" for name, sha256 in results["bundles"].items()]
    lines += [
        "",
        f"{first['rows']} sentences of {first['articles']} articles; 95% intervals from a bootstrap over articles. "
        f"Command: `{results['command']}`; seed {results['seed']}; SHA-256: {', '.join(hashes)}.",
    ]
    return "\n".join(lines)


def evaluation_table(result: dict[str, Any]) -> str:
    """Write the figures of an evaluation as a Markdown table, for the README and a model card.

    Args:
        result: What `evaluation.suite.suite` returned or wrote; what was not asked for has no row.

    Returns:
        The table with 95% intervals where there are some, and where the figures come from below it.
    """
    rows = [(name, _with_interval(result[key], result["intervals"][key])) for name, key in _HEADLINES.items() if key in result]
    for label, found in result["per_class"].items():
        rows.append((f"F1 of {label}", _with_interval(found["f1"], result["intervals"][f"f1_{label}"])))
        rows.append((f"precision, recall of {label}", f"{found['precision']:.3f}, {found['recall']:.3f}"))
        if found["auroc"] is not None:
            rows.append((f"AUROC of {label}", _with_interval(found["auroc"], result["intervals"][f"auroc_{label}"])))
    rows += [
        (
            f"accuracy when {row['coverage']:.0%} are answered (abstain below {row['abstain_below']:.2f})",
            f"{row['accuracy']:.3f}",
        )
        for row in result.get("abstention", [])
        if row["accuracy"] is not None
    ]
    if "contrast" in result:
        found = result["contrast"]
        rows.append(
            (f"contrast sets: sentences, whole groups of {found['count']}", f"{found['sentences']:.3f}, {found['groups']:.3f}")
        )
    if "polarity" in result:
        found = result["polarity"]
        case = f"neutral sentences, {found['conflict']} on conflict, {found['cooperation']} on cooperation: "
        rows += [
            (f"{case}AUROC of the score", _with_interval(found["auroc"], found["intervals"]["auroc"])),
            (f"{case}sign of the score right", _with_interval(found["accuracy"], found["intervals"]["accuracy"])),
        ]
    for name, found in result.get("robustness", {}).get("changes", {}).items():
        if found["kept"] is not None:
            case = f"labels kept under: {name} ({found['changed']} sentences)"
            rows.append((case, _with_interval(found["kept"], found["intervals"]["kept"])))
    if result.get("actors", {}).get("swaps"):
        found = result["actors"]
        case = f"labels flipped when a state is swapped ({found['rows']} sentences; {_goal(found, 'flip_rate')})"
        rows.append((case, _with_interval(found["flip_rate"], found["interval"])))
        if found["largest_shift"] is not None:
            case = f"largest mean change of score by a state ({_goal(found, 'largest_shift')})"
            rows.append((case, f"{found['largest_shift']:.3f}"))
    lines = ["| figure | value |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)]
    return "\n".join([*lines, "", _provenance(result)])


def slices_table(result: dict[str, Any]) -> str:
    """Write the slices of an evaluation as a Markdown table.

    Args:
        result: What `evaluation.suite.suite` returned or wrote.

    Returns:
        The table: accuracy and macro-F1 with 95% intervals, and the number of sentences, of each slice.
    """
    lines = ["| slice | sentences | accuracy | macro-F1 |", "| --- | --- | --- | --- |"]
    for name, values in result["slices"].items():
        for value, found in values.items():
            cells = [
                "–" if found[key] is None else _with_interval(found[key], found["intervals"][key])
                for key in ("accuracy", "macro_f1")
            ]
            lines.append(f"| {name}: {value} | {found['rows']:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _provenance(result: dict[str, Any]) -> str:
    hashes = ", ".join(f"`{path}` {sha256[:12]}" for path, sha256 in result["data"].items())
    return (
        f"{result['rows']:,} sentences of {result['articles']:,} articles; 95% intervals from a bootstrap over articles. "
        f"Command: `{result['command']}`; seed {result['seed']}; SHA-256: {hashes}, bundle {result['bundle_sha256'][:12]}."
    )


def history_sentence(results: dict[str, Any]) -> str:
    """Say how the index does in documented crises.

    Args:
        results: A results file of `scripts/history.py`.

    Returns:
        A sentence with the file's own reservation, the command, data hash and seed.
    """
    hashes = ", ".join(f"`{path}` {sha256[:12]}" for path, sha256 in results["data"].items())
    turns = [_days_to_turn(crisis) for crisis in results["crises"]]
    found = [days for days in turns if days is not None]
    near = sum(days <= _NEAR for days in found)
    single = sum(1 in (crisis["before"]["articles"], crisis["after"]["articles"]) for crisis in results["crises"])
    return (
        f"In {results['turned']} of {len(turns)} crises the index is lower from the documented day on than before it, beyond "
        f"the 95% interval of the difference; {single} have a single article on one side. Not told the day, the time line "
        f"finds a change point towards calm within {_NEAR} days of it in {near}, one further off in {len(found) - near}, and "
        f"none in {turns.count(None)} ({results['note']}). "
        f"Command: `{results['command']}`; seed {results['seed']}; SHA-256: {hashes}, bundle {results['bundle'][:12]}."
    )


def _days_to_turn(crisis: dict[str, Any]) -> int | None:
    """Return the days between the documented turn and the nearest change point downwards."""
    turn = date.fromisoformat(crisis["turn"])
    return min(
        (abs((date.fromisoformat(found["period"]) - turn).days) for found in crisis["changes"] if found["direction"] == "down"),
        default=None,
    )


def with_age(content: str, results: Sequence[dict[str, Any]], shipped: Collection[str]) -> str:
    """Say below figures that they are of bundles which have been replaced since.

    Args:
        content: Markdown made of the results.
        results: The results files.
        shipped: SHA-256 of the manifests of the bundles in the package.

    Returns:
        The content, with a sentence more where a results file names a bundle that is not in the package.
    """
    old = {sha256 for result in results for sha256 in _bundles(result)} - set(shipped)
    if not old:
        return content
    names = ", ".join(sorted(sha256[:12] for sha256 in old))
    return f"{content}\n\n**Measured with earlier weights** ({names}); not yet repeated with those in the package."


def _bundles(result: dict[str, Any]) -> list[str]:
    """Return the hashes of the bundles that a results file is about, in whichever form it has them."""
    found = result.get("bundles") or result.get("bundle_sha256") or result["bundle"]
    if isinstance(found, str):
        return [found]
    return [found["sha256"]] if "sha256" in found else list(found.values())


def between_marks(document: str, name: str, content: str) -> str:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`.

    Args:
        document: The document.
        name: Name of the marks.
        content: The new content.

    Returns:
        The document with the new content.

    Raises:
        DataError: If the marks are not there exactly once.
    """
    pattern = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", flags=re.DOTALL)
    replaced, count = pattern.subn(lambda match: f"{match[1]}{content}\n{match[2]}", document)
    if count != 1:
        raise DataError(f"the document has the marks <!-- {name} --> {count} times, expected once")
    return replaced


def fill(document: Path, parts: Mapping[str, str]) -> None:
    """Fill in the marked parts of a document; it is written whole or stays as it was.

    Args:
        document: The file.
        parts: Content by name of its marks.

    Raises:
        DataError: If marks are not there exactly once, or the file cannot be written.
    """
    filled = document.read_text(encoding="utf-8")
    for name, content in parts.items():
        filled = between_marks(filled, name, content)
    with whole(document) as partial:
        partial.write_text(filled, encoding="utf-8")


def _goal(found: dict[str, Any], name: str) -> str:
    goal = found["goals"][name]
    return f"goal: at most {goal['at_most']}, {'met' if goal['met'] else 'not met'}"


def _with_interval(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.3f}" if interval is None else f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"
