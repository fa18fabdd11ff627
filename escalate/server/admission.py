"""Who may ask, how many at once, and for how long."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Security
from fastapi.security import APIKeyHeader
from starlette.requests import ClientDisconnect

from escalate.server.batching import Deadline, OverdueError, deadline
from escalate.server.problems import Problem

if TYPE_CHECKING:
    from starlette.types import Receive

    from escalate.server.settings import Settings

Answer = TypeVar("Answer")

_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="Only if the service was started with a key.")


class Admission:
    """Lets requests in while there is room, and runs them in threads of their own."""

    def __init__(self, settings: Settings) -> None:
        """Open.

        Args:
            settings: `queue`, `timeout` and `api_key`.
        """
        self.inside = 0
        self._room = settings.queue
        self._timeout = settings.timeout
        self._key = settings.api_key.get_secret_value().encode() if settings.api_key else None
        self._threads: CapacityLimiter | None = None

    async def run(self, receive: Receive, task: Callable[[], Answer]) -> Answer:
        """Run a task, which may take its time, in a thread; give it up when its client has gone.

        Args:
            receive: Of the request, as ASGI has it, after its body.
            task: What to do; it reads by a predictor with a `BatchedRuntime`, which keeps the deadline.

        Returns:
            What the task returns.

        Raises:
            Problem: 429, if too many requests are in work or waiting.
            ClientDisconnect: If the client has gone.
        """
        if self.inside >= self._room:
            detail = f"{self.inside} requests are in work or waiting; ask again later"
            raise Problem(429, "busy", detail, {"Retry-After": "1"})
        self._threads = self._threads or CapacityLimiter(self._room)
        self.inside += 1
        limit = Deadline(self._timeout)
        deadline.set(limit)
        gone = asyncio.create_task(_watch(receive, limit))
        try:
            return await to_thread.run_sync(task, limiter=self._threads)
        except OverdueError:
            if gone.done():
                raise ClientDisconnect from None
            raise
        finally:
            gone.cancel()
            # The thread still works if this was cancelled, as it is when the service has to stop.
            limit.give_up()
            self.inside -= 1

    async def check_key(self, key: Annotated[str | None, Security(_HEADER)]) -> None:
        """Let nobody in without the key, if one is set.

        Args:
            key: The header X-API-Key.

        Raises:
            Problem: 401, if the key is missing or wrong.
        """
        if self._key is not None and not secrets.compare_digest((key or "").encode("utf-8", "replace"), self._key):
            raise Problem(401, "key", "send the service's key in the header X-API-Key", {"WWW-Authenticate": "ApiKey"})


async def _watch(receive: Receive, limit: Deadline) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    limit.give_up()
