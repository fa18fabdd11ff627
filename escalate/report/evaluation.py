"""One page on an evaluation: tables and plots in a single HTML file, from a result alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from escalate import __version__
from escalate.report import evaluation_plots as plots
from escalate.target import whole


def page(result: dict[str, Any]) -> str:
    """Write the page of an evaluation.

    Args:
        result: What `evaluation.suite.suite` returned or wrote; parts that were not asked for have no section.

    Returns:
        HTML that needs no other file and no network.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"interval": _interval, "percent": _percent}
    drawn = {
        "confusion": plots.confusion_plot(result),
        "reliability": plots.reliability_plot(result),
        "coverage": plots.coverage_plot(result),
        **{part: draw(result) for part, draw in _PARTS.items() if _has(result, part)},
    }
    slices = {name: plots.slice_plot(name, values, result) for name, values in result.get("slices", {}).items()}
    return environment.get_template("evaluation.html").render(
        result=result,
        plots={name: Markup(svg) for name, svg in drawn.items()},
        slices={name: Markup(svg) for name, svg in slices.items()},
        version=__version__,
    )


def write_page(result: dict[str, Any], path: Path) -> None:
    """Write the page, whole or not at all.

    Args:
        result: The result.
        path: The HTML file; its folder is made where it is missing.

    Raises:
        DataError: If the file cannot be written.
    """
    with whole(path) as partial:
        partial.write_text(page(result), encoding="utf-8")


_PARTS = {"contrast": plots.contrast_plot, "robustness": plots.robustness_plot, "actors": plots.actors_plot}


def _has(result: dict[str, Any], part: str) -> bool:
    # Where no sentence names a state, or the bundle has no score, there is nothing to draw.
    return part in result and (part != "actors" or result["actors"]["largest_shift"] is not None)


def _interval(bounds: tuple[float, float] | None) -> str:
    return "–" if bounds is None else f"{bounds[0]:.3f} to {bounds[1]:.3f}"


def _percent(bounds: tuple[float, float] | None) -> str:
    return "–" if bounds is None else f"{bounds[0]:.1%} to {bounds[1]:.1%}"
