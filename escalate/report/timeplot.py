"""The plot of a series: index, intervals, smoothed course and change points (matplotlib), as a file or inside a page."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from escalate.target import whole

if TYPE_CHECKING:
    import pandas as pd

    from escalate.series import Change

UP: Final = "#b2182b"
DOWN: Final = "#2166ac"
_SMOOTH: Final = "#555555"
# Text stays text, and the same figures give the same file.
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "escalate",
    "font.family": "sans-serif",
    "font.size": 9,
}
# Colours that a page sets itself, for light and dark.
_VARIABLES: Final = {UP: "var(--up)", DOWN: "var(--down)", _SMOOTH: "var(--smooth)", "#000000": "currentColor"}


def draw(axes: Axes, periods: pd.DataFrame, changes: Sequence[Change], links: Sequence[str] = ()) -> None:
    """Draw one series.

    A triangle that points up stands for an index above 0 (more escalation), one that points down for one below; change points
    are dotted lines with an arrow: nothing is told by colour alone.

    Args:
        axes: Where to draw.
        periods: Rows of one series of `escalate.timeline.timeline`.
        changes: Its change points.
        links: An address for each period's marker; none means no links.
    """
    import pandas as pd

    days, index = periods["period"], periods["index"]
    axes.axhline(0, color="#000000", linewidth=0.8)
    axes.plot(days, periods["smooth"], color=_SMOOTH, linewidth=1.4, linestyle="--", label="smoothed")
    for rising, marker, colour in ((True, "^", UP), (False, "v", DOWN)):
        chosen = (index > 0) == rising
        part = periods[chosen]
        if part.empty:
            continue
        known = part.dropna(subset=["index_low", "index_high"])
        axes.vlines(known["period"], known["index_low"], known["index_high"], color=colour, linewidth=1.2)
        points = axes.scatter(part["period"], part["index"], marker=marker, s=64, color=colour, zorder=3)
        if links:
            points.set_urls([link for link, wanted in zip(links, chosen, strict=True) if wanted])
    for change in changes:
        day = pd.Timestamp(change.period)
        axes.axvline(day, color="#000000", linestyle=":", linewidth=1.2)
        arrow = "↑" if change.direction == "up" else "↓"
        axes.annotate(f"{arrow} {change.period}", (day, 100), xytext=(3, -2), textcoords="offset points", va="top", fontsize=8)
    axes.set_ylim(-100, 100)
    axes.set_ylabel("index")
    axes.spines[["top", "right"]].set_visible(False)
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    if len(days) == 1:
        axes.set_xlim(days.iloc[0] - pd.Timedelta(days=3), days.iloc[0] + pd.Timedelta(days=3))


def save(panels: Sequence[tuple[str, pd.DataFrame, Sequence[Change]]], target: Path, columns: int = 1) -> None:
    """Write a picture of some series, one panel each.

    Args:
        panels: Title, periods and change points of each.
        target: .svg or .png file to write.
        columns: Panels side by side.

    Raises:
        DataError: If the file cannot be written.
    """
    with mpl.rc_context(_STYLE):
        rows = -(-len(panels) // columns)
        figure = Figure(figsize=(9.0 if columns == 1 else 5.0 * columns, 2.7 * rows), layout="constrained")
        places = figure.subplots(rows, columns, squeeze=False).flatten()
        for place, (title, periods, changes) in zip(places, panels, strict=False):
            draw(place, periods, changes)
            place.set_title(title, fontsize=10, loc="left")
        for place in places[len(panels) :]:
            place.remove()
        metadata = {"Date": None} if target.suffix == ".svg" else None
        with whole(target) as partial:
            figure.savefig(partial, format=target.suffix[1:], dpi=144, metadata=metadata)


def inline(periods: pd.DataFrame, changes: Sequence[Change], name: str, labels: dict[str, str]) -> str:
    """Return the plot of a series as an SVG element for a page.

    Args:
        periods: Rows of one series.
        changes: Its change points.
        name: Begins every id in the drawing, so that several fit into one page.
        labels: For each marker, in order, the id of the element it leads to, and what a screen reader says of it.

    Returns:
        The element; its colours are variables of the page (`--up`, `--down`, `--smooth`) and the colour of its text.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9.0, 2.7), layout="constrained")
        axes = figure.subplots()
        draw(axes, periods, changes, [f"#{key}" for key in labels])
        content = io.StringIO()
        figure.savefig(content, format="svg", transparent=True, metadata={"Date": None})
    drawing = content.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'(\bid="|url\(#|href="#)(?!p-)', rf"\g<1>{name}-", drawing)
    for colour, variable in _VARIABLES.items():
        drawing = drawing.replace(colour, variable)
    return re.sub(
        r'<a xlink:href="#(p-[\w-]+)"(?: target="_blank")?',
        lambda match: f'<a href="#{match[1]}" aria-label="{html.escape(labels[match[1]], quote=True)}"',
        drawing,
    )
