"""Connections that have to say in time what they want."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


def prompt(seconds: float) -> type[HttpToolsProtocol]:
    """Return uvicorn's protocol, with a limit to the time that the head of a request may take.

    uvicorn waits for a head for ever, and a connection that sends none counts against the limit of connections all the while.

    Args:
        seconds: From the beginning of a connection, or the first byte of a further request, to the end of the head.

    Returns:
        A protocol, for `uvicorn.Config`.
    """

    class Prompt(HttpToolsProtocol):
        _waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self._rest()
            elif self._waiting is None:
                self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._rest()
            super().connection_lost(exc)

        def _wait(self) -> None:
            self._waiting = self.loop.call_later(seconds, self.transport.close)

        def _rest(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

    return Prompt
