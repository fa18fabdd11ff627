"""Plots of an evaluation as inline SVG (matplotlib)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

INK: Final = "#22303c"
MAIN: Final = "#2a6f97"
SECOND: Final = "#e07a3f"
WARNING: Final = "#b3261e"
GREY: Final = "#9aa5ad"

_STYLE: Final[Any] = {
    "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9, "text.color": INK, "axes.labelcolor": INK,
    "axes.edgecolor": GREY, "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False,
    "axes.titlesize": 10, "axes.titlelocation": "left", "legend.frameon": False, "legend.fontsize": 8,
}  # fmt: skip


def confusion_plot(result: dict[str, Any]) -> str:
    """Draw the confusion matrix, shaded by the share of each right label's rows."""
    labels, cells = list(result["per_class"]), result["confusion"]
    with matplotlib.rc_context(_STYLE):
        figure, panel = _figure(4.2, 3.6)
        shares = [[count / max(sum(row), 1) for count in row] for row in cells]
        panel.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for i, row in enumerate(cells):
            for j, count in enumerate(row):
                ink = "white" if shares[i][j] > 0.65 else INK
                panel.text(j, i, f"{count:,}\n{shares[i][j]:.0%}", ha="center", va="center", color=ink)
        panel.set_xticks(range(len(labels)), labels)
        panel.set_yticks(range(len(labels)), labels)
        panel.set(xlabel="label given", ylabel="right label")
        panel.spines[:].set_visible(False)
        panel.tick_params(length=0)
        return _svg(figure, "confusion")


def reliability_plot(result: dict[str, Any]) -> str:
    """Draw accuracy over confidence; the size of a dot is its share of the rows."""
    bins = result["reliability"]
    with matplotlib.rc_context(_STYLE):
        figure, panel = _figure(4.2, 3.6)
        panel.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        confidence, accuracy = ([found[name] for found in bins] for name in ("confidence", "accuracy"))
        sizes = [20 + 400 * found["rows"] / result["rows"] for found in bins]
        panel.plot(confidence, accuracy, color=MAIN, linewidth=1)
        panel.scatter(confidence, accuracy, s=sizes, color=MAIN, alpha=0.7, linewidths=0)
        panel.set(xlabel="confidence", ylabel="accuracy", xlim=(0.25, 1.02), ylim=(0, 1.04))
        return _svg(figure, "reliability")


def coverage_plot(result: dict[str, Any]) -> str:
    """Draw the accuracy of the surest rows over the share that is kept."""
    found = {float(share): value for share, value in result["risk_coverage"]["accuracy"].items()}
    with matplotlib.rc_context(_STYLE):
        figure, panel = _figure(4.2, 3.6)
        panel.plot(list(found), list(found.values()), color=MAIN, marker="o", markersize=4)
        panel.axhline(result["accuracy"], color=GREY, linestyle="--", linewidth=1)
        panel.set(xlabel="share of sentences answered, surest first", ylabel="accuracy", xlim=(0.05, 1.03))
        panel.set_ylim(min(*found.values(), 0.5), 1.01)
        return _svg(figure, "coverage")


def slice_plot(name: str, values: dict[str, dict[str, Any]], overall: dict[str, Any]) -> str:
    """Draw accuracy and macro-F1 of each value of a slicing with intervals; the line is the accuracy of the whole."""
    with matplotlib.rc_context(_STYLE):
        figure, panel = _figure(5.6, 0.9 + 0.3 * len(values))
        panel.axvline(overall["accuracy"], color=GREY, linestyle="--", linewidth=1)
        for key, colour, marker, offset in (("accuracy", MAIN, "o", -0.12), ("macro_f1", SECOND, "D", 0.16)):
            rows = [(place, found) for place, found in enumerate(values.values()) if found[key] is not None]
            panel.scatter(
                [found[key] for _, found in rows], [place + offset for place, _ in rows], s=16, color=colour, marker=marker,
                label=key.replace("_f1", "-F1"), zorder=3,
            )  # fmt: skip
            for place, found in rows:
                if found["intervals"][key] is not None:
                    panel.plot(found["intervals"][key], [place + offset] * 2, color=colour, linewidth=1.4, alpha=0.8)
        _names(panel, [f"{value}  ({found['rows']:,})" for value, found in values.items()])
        panel.set(xlim=(-0.02, 1.02), title=name)
        return _svg(figure, f"slice {name}")


def robustness_plot(result: dict[str, Any]) -> str:
    """Draw the share of the labels kept where a text changed, and the change of macro-F1, for each change."""
    changes = result["robustness"]["changes"]
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(9.6, 0.9 + 0.32 * len(changes)), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for panel, key, title in ((left, "kept", "labels kept"), (right, "macro_f1_change", "change of macro-F1")):
            for place, found in enumerate(changes.values()):
                if found["intervals"][key] is not None:
                    panel.plot(found["intervals"][key], [place] * 2, color=MAIN, linewidth=1.6)
                if found[key] is not None:
                    panel.scatter([found[key]], [place], s=24, color=MAIN, zorder=3)
            panel.axvline(1 if key == "kept" else 0, color=GREY, linestyle="--", linewidth=1)
            panel.set_title(title)
            _names(panel, [f"{name}  ({found['changed']:,})" for name, found in changes.items()])
            panel.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        left.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        return _svg(figure, "robustness")


def actors_plot(result: dict[str, Any]) -> str:
    """Draw the mean change of the score when a state is put in the place of another; the band is the goal."""
    goal = result["actors"]["goals"]["largest_shift"]["at_most"]
    found = dict(sorted(result["actors"]["actors"].items(), key=lambda item: item[1]["shift"]))
    with matplotlib.rc_context(_STYLE):
        figure, panel = _figure(9.6, 0.9 + 0.24 * len(found))
        panel.axvspan(-goal, goal, color="#e3eef4", zorder=0)
        panel.axvline(0, color=GREY, linewidth=1)
        for place, row in enumerate(found.values()):
            colour = MAIN if abs(row["shift"]) <= goal else WARNING
            if row["interval"] is not None:
                panel.plot(row["interval"], [place] * 2, color=colour, linewidth=1.6)
            panel.scatter([row["shift"]], [place], s=22, color=colour, zorder=3)
        _names(panel, [f"{name}  ({row['region']})" for name, row in found.items()])
        widest = max(0.05, *(abs(bound) for row in found.values() for bound in (row["shift"], *(row["interval"] or ()))))
        panel.set(
            xlim=(-1.08 * widest, 1.08 * widest), xlabel="towards de-escalation  ←  mean change of score  →  towards escalation"
        )
        return _svg(figure, "actors")


def contrast_plot(result: dict[str, Any]) -> str:
    """Draw the share of right sentences and of groups wholly right, by phenomenon."""
    phenomena = sorted(result["contrast"]["phenomena"].items(), key=lambda item: -item[1]["sentences"])
    with matplotlib.rc_context(_STYLE):
        figure, panel = _figure(9.6, 0.9 + 0.26 * len(phenomena))
        for place, (_, found) in enumerate(phenomena):
            panel.plot([found["groups"], found["sentences"]], [place] * 2, color="#cfd8dd", linewidth=2, zorder=1)
        for key, colour, marker in (("sentences", MAIN, "o"), ("groups", SECOND, "D")):
            values = [found[key] for _, found in phenomena]
            panel.scatter(values, range(len(values)), s=26, color=colour, marker=marker, label=f"{key} right", zorder=3)
        _names(panel, [f"{name}  ({found['count']})" for name, found in phenomena])
        panel.set(xlim=(-0.02, 1.02))
        panel.legend(loc="lower left", ncols=2, bbox_to_anchor=(0, 1))
        return _svg(figure, "contrast")


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _names(panel: Axes, names: Sequence[str]) -> None:
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    panel.grid(axis="x", color="#eceff1", linewidth=0.8, zorder=0)
    panel.set_axisbelow(True)


def _svg(figure: Figure, name: str) -> str:
    """Return the figure's SVG element; without dates or chance, so that the same figures give the same page."""
    target = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(target, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = target.getvalue()
    return text[text.index("<svg") :]
