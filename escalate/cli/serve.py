"""`escalate serve`: the page and the service."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from escalate.errors import MissingExtraError, require
from escalate.server import MODULES


class Serve(TyperCommand):
    """The command, whose help lists what the environment sets."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, and below it every setting with its default.

        Args:
            ctx: As Typer has it.
            formatter: As Typer has it.
        """
        super().format_help(ctx, formatter)
        try:
            require("serve", "pydantic_settings")
        except MissingExtraError as error:
            formatter.write_text(f"Environment: {error}")
            return
        from escalate.server.settings import listing

        with formatter.section("Environment"):
            formatter.write_dl(listing())


def command(
    host: Annotated[str | None, typer.Option(help="Address to bind.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind; 0 takes a free one.", show_default="8000")] = None,
    bundle: Annotated[str | None, typer.Option(help="Name or path of a bundle.", show_default="small")] = None,
    threads: Annotated[int | None, typer.Option(help="Batches to run at once.", show_default="number of cores")] = None,
    abstain_below: Annotated[float | None, typer.Option(help="Flag predictions less confident than this as abstained.")] = None,
) -> None:
    """Serve a page to read articles with, and the same over HTTP; limits and key are set in the environment, see below."""
    require("serve", *MODULES)
    from escalate.server.run import serve
    from escalate.server.settings import settings

    serve(settings(host=host, port=port, bundle=bundle, threads=threads, abstain_below=abstain_below))
