"""Markdown from result files, put between marks in a document."""

from __future__ import annotations

import re
from typing import Any

from escalate.errors import DataError


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
    hashes = ", ".join(f"`{path}` {sha256[:12]}" for path, sha256 in results["data"].items())
    lines += [
        "",
        f"{first['rows']} sentences of {first['articles']} articles; 95% intervals from a bootstrap over articles. "
        f"Command: `{results['command']}`; seed {results['seed']}; SHA-256: {hashes}, bundle {results['bundle'][:12]}.",
    ]
    return "\n".join(lines)


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


def _with_interval(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"
