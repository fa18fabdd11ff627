"""`escalate benchmark`: a bundle beside its rivals on a task, or for speed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from escalate.errors import ConfigError, require


def command(
    config: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A YAML file such as configs/benchmark/plv.yaml or speed.yaml.")
    ],
    overrides: Annotated[list[str] | None, typer.Argument(help="Settings that win, such as bundle=my-bundle.")] = None,
    data: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Folder with third parties' files; default: fetch them.")
    ] = None,
    cache: Annotated[Path, typer.Option(help="Where fetched files are kept.")] = Path("data/.sources/benchmarks"),
) -> None:
    """Measure a bundle and its rivals on the same rows, and write one results file: quality with leaks counted, or speed."""
    require("benchmark", "sklearn", "pydantic", "yaml", "datasketch", "httpx")
    from escalate.benchmarks.speed.config import is_speed

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    # The rivals' libraries tell of every step; what is said here is enough.
    logging.getLogger("escalate").setLevel(logging.INFO)
    said = " ".join(["escalate benchmark", config.as_posix(), *(overrides or ()), *(["--data DIR"] if data else [])])
    if is_speed(config, overrides or ()):
        if data:
            raise ConfigError("--data: the speed benchmark reads no files of third parties; leave it out")
        _speed(config, overrides or (), said)
    else:
        _quality(config, overrides or (), said, data, cache)


def _quality(config: Path, overrides: Sequence[str], said: str, data: Path | None, cache: Path) -> None:
    from escalate.benchmarks.config import load_benchmark
    from escalate.benchmarks.run import run
    from escalate.report.benchmark import benchmark_table

    settings = load_benchmark(config, overrides)
    typer.echo(benchmark_table(run(settings, said, data=data, cache=cache)))
    typer.echo(f"written: {settings.output}", err=True)


def _speed(config: Path, overrides: Sequence[str], said: str) -> None:
    require("benchmark", "torch", "transformers", "onnx", "psutil")
    from escalate.benchmarks.speed.config import load_speed
    from escalate.benchmarks.speed.run import run
    from escalate.report.speed import speed_table

    settings = load_speed(config, overrides)
    typer.echo(speed_table(run(settings, said)))
    typer.echo(f"written: {settings.output}", err=True)
