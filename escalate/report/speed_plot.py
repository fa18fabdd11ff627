"""Quality against speed as an SVG, from the results file of the speed benchmark (matplotlib)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

_BUNDLE: Final = "#4c72b0"
_OTHER: Final = "#dd8452"
_UNKNOWN: Final = "#555555"
# Text stays text, and the same figures give the same file.
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "escalate",
    "font.family": "sans-serif",
    "font.size": 9,
}


def speed_plot(results: dict[str, Any], target: Path) -> None:
    """Draw macro-F1 against sentences a second.

    Bundles are circles, other contenders diamonds; a bar spans the slowest and the fastest turn. A contender whose quality is
    not known is a dotted line at its speed.

    Args:
        results: A results file of `benchmarks.speed`.
        target: SVG file to write.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8, 4), layout="constrained")
        axes = figure.subplots()
        axes.set_xscale("log")
        for name, found in results["contenders"].items():
            rate, quality = found["rate"], found["quality"]
            place = rate["median"]
            if quality is None:
                axes.axvline(place, color=_UNKNOWN, linestyle=":", linewidth=1)
                axes.text(place, 0.02, f" {name}", rotation=90, color=_UNKNOWN, transform=axes.get_xaxis_transform())
                continue
            bundle = name in results["bundles"]
            axes.errorbar(
                place,
                quality["macro_f1"],
                xerr=[[place - rate["lowest"]], [rate["highest"] - place]],
                fmt="o" if bundle else "D",
                color=_BUNDLE if bundle else _OTHER,
                capsize=3,
            )
            label = f"{name} ({quality['split']})"
            axes.annotate(label, (place, quality["macro_f1"]), xytext=(0, 8), textcoords="offset points", ha="center")
        axes.margins(0.12)
        axes.set_xlabel("sentences a second")
        axes.set_ylabel("macro-F1")
        axes.spines[["top", "right"]].set_visible(False)
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, format="svg", metadata={"Date": None})
