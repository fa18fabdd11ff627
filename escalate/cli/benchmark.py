"""`escalate benchmark`: a bundle beside its rivals on a task."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer


def command(
    config: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A YAML file such as configs/benchmark/plv.yaml.")
    ],
    overrides: Annotated[list[str] | None, typer.Argument(help="Settings that win, such as bundle=my-bundle.")] = None,
    data: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Folder with third parties' files; default: fetch them.")
    ] = None,
    cache: Annotated[Path, typer.Option(help="Where fetched files are kept.")] = Path("data/.sources/benchmarks"),
) -> None:
    """Measure a bundle and its rivals on the same rows, count leaks, and write one results file."""
    from escalate.errors import require

    require("benchmark", "sklearn", "pydantic", "yaml", "datasketch", "httpx")
    from escalate.benchmarks.config import load_benchmark
    from escalate.benchmarks.run import run
    from escalate.report.benchmark import benchmark_table

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for noisy in ("httpx", "sentence_transformers", "model2vec", "absl"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    settings = load_benchmark(config, overrides or ())
    said = " ".join(["escalate benchmark", config.as_posix(), *(overrides or ()), *(["--data DIR"] if data else [])])
    typer.echo(benchmark_table(run(settings, said, data=data, cache=cache)))
    typer.echo(f"written: {settings.output}", err=True)
