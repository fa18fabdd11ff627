"""Plots as SVG files, from result files (matplotlib)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import matplotlib
from matplotlib.figure import Figure

_COLOURS: Final = ("#4c72b0", "#dd8452", "#55a868")
_COLUMNS: Final = 2


def counts_plot(counts: dict[str, dict[str, dict[str, int]]], target: Path) -> None:
    """Draw the counts as stacked bars, one panel a field.

    Args:
        counts: Field -> value -> split -> number; the field "total" is passed over.
        target: SVG file to write.
    """
    fields = [field for field in counts if field != "total"]
    rows = -(-len(fields) // _COLUMNS)
    figure = Figure(figsize=(11, 3.2 * rows), layout="constrained")
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).flatten()
    for panel, field in zip(panels, fields, strict=False):
        values = list(counts[field])
        left = [0] * len(values)
        for split, colour in zip(counts[field][values[0]], _COLOURS, strict=False):
            numbers = [counts[field][value][split] for value in values]
            panel.barh(values, numbers, left=left, color=colour, label=split)
            left = [before + number for before, number in zip(left, numbers, strict=True)]
        panel.invert_yaxis()
        panel.set_title(f"sentences by {field}", fontsize=10, loc="left")
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    for panel in panels[len(fields) :]:
        panel.remove()
    panels[0].legend(fontsize=8, frameon=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    # No date and no chance inside, so that the same figures give the same file.
    with matplotlib.rc_context({"svg.hashsalt": "counts"}):
        figure.savefig(target, format="svg", metadata={"Date": None})
