"""`escalate evaluate`: a bundle on labelled sentences."""

from __future__ import annotations

import shlex
import sys
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from escalate.cli import figures, show
from escalate.cli.article import Format
from escalate.cli.options import LabelColumn, TextColumn, columns_of

_SAMPLE = 400


def command(
    bundle: Annotated[str, typer.Argument(help="Name of a bundle in the package, or a path.")],
    data: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="JSON Lines, CSV or TSV with a text and a label in each row.")
    ],
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    resamples: Annotated[int, typer.Option(min=10, help="Bootstrap samples for the intervals.")] = 1000,
    against: Annotated[str | None, typer.Option(help="Another bundle to compare with on the same sentences.")] = None,
    seeds: Annotated[
        list[Path] | None, typer.Option(help="Bundle or result (.json) of another training seed; may be repeated.")
    ] = None,
    contrast: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Contrast sets.")] = None,
    polarity: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Readers' polarity of neutral sentences (JSON Lines).")
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Other labelled sentences, to find when to abstain.")
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(min=0, help=f"Sentences to change for robustness and actors; default: {_SAMPLE} with --report, else 0."),
    ] = None,
    results: Annotated[Path | None, typer.Option(dir_okay=False, help="Write every figure to this JSON file.")] = None,
    report: Annotated[Path | None, typer.Option(dir_okay=False, help="Write an HTML page with plots to this file.")] = None,
    output: Annotated[Format, typer.Option("--format", help="json holds every figure.")] = Format.table,
) -> None:
    """Measure a bundle: macro-F1, each label, calibration, slices; on request rivals, seeds, polarity, robustness, a report."""
    from escalate.errors import require

    if sample is None:
        sample = _SAMPLE if report else 0
    needed = {
        "data": ["pydantic", "countryinfo"] if contrast or polarity or sample else [],
        "report": ["matplotlib", "jinja2"] if report else [],
    }
    require(",".join(extra for extra, modules in needed.items() if modules), *chain.from_iterable(needed.values()))
    from escalate.evaluation.suite import suite, write_result
    from escalate.predict import Predictor
    from escalate.target import check_targets

    check_targets(results, report)
    predictor = Predictor.load(bundle)
    found = suite(
        predictor,
        data,
        columns=columns_of(predictor.bundle.manifest, text_column, label_column),
        resamples=resamples,
        sample=sample,
        contrast=contrast,
        polarity=polarity,
        validation=validation,
        against=against,
        seeds=seeds or (),
    )
    found = {"command": shlex.join(["escalate", *sys.argv[1:]]), **found}
    if results:
        write_result(found, results)
    if report:
        from escalate.report.evaluation import write_page

        write_page(found, report)
    if output is Format.json:
        sys.stdout.write(show.dumps(found, indent=2) + "\n")
    else:
        figures.print_result(found, data)
