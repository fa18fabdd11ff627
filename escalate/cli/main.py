"""The program `escalate`: its commands and exit codes."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn

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
    show,
    timeline,
    train,
    tune,
)
from escalate.errors import ConfigError, EscalateError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}

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
    _open_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What goes into a pipe or file is UTF-8 everywhere; a terminal shows a question mark for what it has no letter for.
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="replace")
    try:
        program()
    except (OSError, SystemExit) as stop:
        # Typer takes a broken pipe for a failure of its own and exits with 1.
        if isinstance(stop, BrokenPipeError) or isinstance(stop.__context__, BrokenPipeError):
            _end(BrokenPipeError())
        # Files that cannot be written are a DataError with their names; what is left is standard output.
        if isinstance(stop, OSError) and stop.errno in _FULL and stop.filename is None:
            _end(stop)
        _flush()
        raise
    except EscalateError as error:
        _flush()
        typer.echo(f"escalate: {show.printable(str(error))}", err=True)
        sys.exit(2 if isinstance(error, ConfigError) else 1)
    _flush()


def _open_streams() -> None:
    """Open standard streams that whoever started the program has closed: they are empty then, and take anything."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 (stays open to the end)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        _end(error)


def _end(error: OSError) -> NoReturn:
    """End the program, as standard output takes nothing more."""
    # Python must not complain of it at its own end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        sys.exit(0)  # the reader has gone, as with `| head`: nothing is wrong
    typer.echo(f"escalate: standard output cannot be written: {error.strerror or error}", err=True)
    sys.exit(1)
