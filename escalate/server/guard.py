"""Around every request: its size, its time, its headers, and what is written down of it."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from typing import TYPE_CHECKING, Final

from anyio import fail_after, move_on_after
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect

from escalate.server.problems import Problem, answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from escalate.server.metrics import Metrics
    from escalate.server.settings import Settings

log = logging.getLogger("escalate.server")

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
# What is still read of a body that is too large: a client that is reset while it sends would never see the answer.
_LINGER_BYTES: Final = 1 << 20
_LINGER_SECONDS: Final = 1.0
# nginx's number for a client that did not wait for its answer.
_GONE: Final = 499
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Guard:
    """ASGI middleware. Writes down method, route, status and time of a request: never a path, query, body or error message."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        """Stand before an application.

        Args:
            app: The application.
            settings: `max_body` and `body_timeout`.
            metrics: Counts the requests.
        """
        self._app, self._settings, self._metrics = app, settings, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its whole body at hand.

        Args:
            scope: As ASGI has it.
            receive: As ASGI has it.
            send: As ASGI has it.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            replayed = await self._whole(scope, receive)
            await self._app(scope, replayed, sent)
        except Problem as problem:
            # The rest of the body is still under way: the connection cannot be used again.
            problem.headers["Connection"] = "close"
            await answer(problem)(scope, receive, sent)
        except ClientDisconnect:
            status = _GONE
        except asyncio.CancelledError:
            # The server cancels what is still in work when its time to stop is over.
            if not status:
                stopping = Problem(503, "stopping", "the service is stopping; ask again later", {"Retry-After": "5"})
                await answer(stopping)(scope, receive, sent)
        except Exception as error:
            log.error("%s at %s", type(error).__name__, _place(error))
            if not status:
                failed = Problem(500, "failed", "the service has failed; its log says where")
                await answer(failed)(scope, receive, sent)
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        seconds = time.perf_counter() - started
        self._metrics.request(method, route, status, seconds)
        log.info("%s %s %d %.1f ms", method, route, status, seconds * 1000)

    async def _whole(self, scope: Scope, receive: Receive) -> Receive:
        """Read the body within its limits, and return what gives it to the application."""
        limit, seconds = self._settings.max_body, self._settings.body_timeout
        large = Problem(413, "body-too-large", f"the body is larger than {limit} bytes")
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            await _drain(receive)
            raise large
        body, more = bytearray(), True
        try:
            with fail_after(seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    body += message.get("body", b"")
                    if len(body) > limit:
                        raise large
                    more = message.get("more_body", False)
        except TimeoutError:
            raise Problem(408, "body-too-slow", f"the body did not arrive within {seconds:g} seconds") from None
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return replay


async def _drain(receive: Receive) -> None:
    left = _LINGER_BYTES
    with move_on_after(_LINGER_SECONDS):
        while left > 0:
            message = await receive()
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return
            left -= len(message.get("body", b""))


def _place(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"
