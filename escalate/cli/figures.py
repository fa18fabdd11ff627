"""How the command line shows the figures of an evaluation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from escalate.cli import show

_UNLIMITED: Final = 100_000
_HEADLINES = (
    ("macro-F1", "macro_f1"),
    ("accuracy", "accuracy"),
    ("Matthews correlation", "mcc"),
    ("false alarm rate", "false_alarm_rate"),
    ("calibration error", "calibration_error"),
    ("Brier score", "brier"),
)


def print_result(found: dict[str, Any], data: Path) -> None:
    """Print the headline figures, the labels' tables, and a line on each further part of a result."""
    screen = show.console()
    if not sys.stdout.isatty():
        screen.width = _UNLIMITED
    screen.print(f"{found['bundle']} on {data}: {found['rows']} sentences of {found['articles']} articles", style="bold")
    if found["unclear"]:
        screen.print(f"{found['unclear']} rows labelled unclear are left out")
    for name, key in _HEADLINES:
        if key in found:
            screen.print(f"{name:<20} {found[key]:.3f}  {_interval(found['intervals'][key])}".rstrip())
    screen.print(_labels(found))
    confusion = _confusion(found)
    if screen.measure(confusion, options=screen.options.update_width(_UNLIMITED)).maximum <= screen.width:
        screen.print(confusion)
    else:
        screen.print("the confusion of the labels is too wide to be shown here; it stands in --format json and in --report")
    _parts(screen, found)


def _labels(found: dict[str, Any]) -> Table:
    table = _table("precision", "recall", "F1", "95% interval", "AUROC", "n")
    for label, row in found["per_class"].items():
        bounds = found["intervals"][f"f1_{label}"]
        interval = "-" if bounds is None else f"{bounds[0]:.3f}-{bounds[1]:.3f}"
        auroc = "-" if row["auroc"] is None else f"{row['auroc']:.3f}"
        figures = [f"{row[key]:.3f}" for key in ("precision", "recall", "f1")]
        table.add_row(label, *figures, interval, auroc, str(row["support"]))
    return table


def _confusion(found: dict[str, Any]) -> Table:
    table = _table(*(f"said {label}" for label in found["per_class"]))
    for label, counts in zip(found["per_class"], found["confusion"], strict=True):
        table.add_row(label, *map(str, counts))
    return table


def _table(*figures: str) -> Table:
    """Return a table of labels and figures, where labels may be broken into lines and figures may not."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("right label")
    for column in figures:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _parts(screen: Console, found: dict[str, Any]) -> None:
    lines = []
    if "against" in found:
        other = found["against"]
        exact, mid = other["mcnemar"]["p_exact"], other["mcnemar"]["p_mid"]
        difference = f"{other['macro_f1_difference']:+.3f} {_interval(other['interval'], '+.3f')}".rstrip()
        lines.append(
            f"against {other['bundle']}: macro-F1 {difference}, bootstrap p {other['p_bootstrap']:.3f}; "
            f"McNemar exact p {exact:.3f}, mid-p {mid:.3f}"
        )
    if "seeds" in found:
        row = found["seeds"]["figures"]["macro_f1"]
        lines.append(f"over {found['seeds']['runs']} seeds: macro-F1 {row['mean']:.3f}, standard deviation {row['sd']:.3f}")
    if "contrast" in found:
        row = found["contrast"]
        lines.append(f"contrast sets: {row['sentences']:.1%} of sentences, {row['groups']:.1%} of {row['count']} groups right")
    if "polarity" in found:
        row = found["polarity"]
        rows = row["conflict"] + row["cooperation"]
        lines.append(f"polarity of {rows} neutral sentences: AUROC {row['auroc']:.3f}, sign right in {row['accuracy']:.1%}")
    lines += [
        f"abstain below {row['abstain_below']:.3f}: {row['coverage']:.1%} answered, accuracy {row['accuracy']:.3f}"
        for row in found.get("abstention", [])
        if row["accuracy"] is not None
    ]
    lines += [
        f"{name}: {row['kept']:.1%} of the labels of {row['changed']} changed sentences kept, "
        f"macro-F1 {row['macro_f1_change']:+.3f}"
        for name, row in found.get("robustness", {}).get("changes", {}).items()
        if row["kept"] is not None
    ]
    if found.get("actors", {}).get("swaps"):
        row = found["actors"]
        shift = row["largest_shift"]
        moved = "" if shift is None else f", largest mean change of score {shift:.3f}"
        lines.append(f"actors swapped {row['swaps']} times: {row['flip_rate']:.1%} of labels flip{moved}")
    for line in lines:
        screen.print(line)


def _interval(bounds: tuple[float, float] | None, form: str = ".3f") -> str:
    return "" if bounds is None else f"[{bounds[0]:{form}}, {bounds[1]:{form}}]"
