"""The program `escalate`: its commands and exit codes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from escalate import __version__
from escalate.cli import (
    article,
    average,
    benchmark,
    calibrate,
    data,
    evaluate,
    export,
    info,
    predict,
    report,
    score,
    serve,
    timeline,
    train,
    tune,
)
from escalate.errors import ConfigError, EscalateError

app = typer.Typer(
    name="escalate",
    help="Escalation signals in news: every sentence is escalation, de-escalation or neutral.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"escalate {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Show the version.")
    ] = False,
) -> None:
    pass


app.command("predict")(predict.command)
app.command("article")(article.command)
app.command("score")(score.command)
app.command("timeline")(timeline.command)
app.command("report")(report.command)
app.command("serve", cls=serve.Serve)(serve.command)
app.command("train")(train.command)
app.command("tune")(tune.command)
app.command("average")(average.command)
app.command("export")(export.command)
app.command("calibrate")(calibrate.command)
app.command("evaluate")(evaluate.command)
app.command("benchmark")(benchmark.command)
app.command("info")(info.command)
app.add_typer(data.app, name="data")


def main() -> None:
    """Run the program."""
    guarded(app)


def guarded(program: Callable[[], object]) -> None:
    """Run a program: output in UTF-8; exit code 0, 1 for a problem of data or bundle, 2 for one of usage or configuration.

    Args:
        program: What to run; the errors of escalate that it raises become a message on standard error.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What goes into a pipe or file is UTF-8 everywhere; a terminal shows a question mark for what it has no letter for.
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="replace")
    try:
        program()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as stop:
        # Typer takes a broken pipe for a failure of its own and exits with 1.
        if not isinstance(stop, BrokenPipeError) and not isinstance(stop.__context__, BrokenPipeError):
            raise
        # The reader has gone, as with `| head`: nothing is wrong, and Python must not complain at its own end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except EscalateError as error:
        typer.echo(f"escalate: {error}", err=True)
        sys.exit(2 if isinstance(error, ConfigError) else 1)
