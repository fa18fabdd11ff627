"""The macro-F1 of contenders, as earlier runs measured it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from escalate.bundle import Bundle

COMPARISON: Final = Path("data/results/test.json")
OWN_TEST: Final = Path("data/results/benchmark/own_test.json")


def of_bundle(bundle: Bundle, comparison: Path = COMPARISON) -> dict[str, Any] | None:
    """Return what is known of a bundle's quality.

    Args:
        bundle: The bundle.
        comparison: Results of `own_test.compare` on the test split; they count only if they are of this very bundle.

    Returns:
        "macro_f1" and "split": "test" if the comparison has it, else "validation" from the manifest; None if neither has.
    """
    found, name = _read(comparison), bundle.manifest.name
    if found.get("bundles", {}).get(name) == bundle.sha256:
        return {"macro_f1": found["models"][name]["macro_f1"], "split": "test"}
    validation = bundle.manifest.metrics.get("validation", {})
    return {"macro_f1": validation["macro_f1"], "split": "validation"} if "macro_f1" in validation else None


def of_rival(name: str, own_test: Path = OWN_TEST) -> dict[str, Any] | None:
    """Return what is known of a rival's quality.

    Args:
        name: The rival's name.
        own_test: Results of the benchmark on the test split, where rivals learn from the whole training split.

    Returns:
        "macro_f1" and "split"; None if the benchmark was not run with this rival.
    """
    labels = _read(own_test).get("models", {}).get(name, {}).get("labels")
    return {"macro_f1": labels["macro_f1"], "split": "test"} if labels else None


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content
