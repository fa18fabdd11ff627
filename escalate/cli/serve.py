"""`escalate serve`: the page and the service."""

from __future__ import annotations

from typing import Annotated

import typer

from escalate.errors import require


def command(
    host: Annotated[str | None, typer.Option(help="Address to bind.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind; 0 takes a free one.", show_default="8000")] = None,
    bundle: Annotated[str | None, typer.Option(help="Name or path of a bundle.", show_default="small")] = None,
    threads: Annotated[int | None, typer.Option(help="Sentences to run at once.", show_default="number of cores")] = None,
    abstain_below: Annotated[float | None, typer.Option(help="Flag predictions less confident than this as abstained.")] = None,
) -> None:
    """Serve a page to read articles with, and the same over HTTP; limits and key are set by ESCALATE_... in the environment."""
    require("serve", "fastapi", "uvicorn", "prometheus_client", "pydantic_settings")
    from escalate.server.run import serve
    from escalate.server.settings import settings

    serve(settings(host=host, port=port, bundle=bundle, threads=threads, abstain_below=abstain_below))
