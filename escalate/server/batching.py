"""Requests of many clients read together."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from escalate.errors import EscalateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from escalate.runtime.base import Runtime


class OverdueError(EscalateError):
    """A request could not be answered in time."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("not answered in time; send fewer or shorter texts, or ask again later")


class StoppedError(EscalateError):
    """The service has stopped and reads nothing any more."""


class Deadline:
    """When a request has to be answered; work on it ends then, or as soon as nobody waits for the answer any more."""

    def __init__(self, seconds: float) -> None:
        """Begin to count.

        Args:
            seconds: From now on.
        """
        self._end = time.monotonic() + seconds
        self._awaited: Future[NDArray[np.float32]] | None = None

    def check(self) -> None:
        """Raise OverdueError if it has passed."""
        if time.monotonic() > self._end:
            raise OverdueError

    def wait(self, answer: Future[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Wait for an answer, and cancel it if it does not come in time.

        Args:
            answer: What some reading will give.

        Returns:
            What it gave.

        Raises:
            OverdueError: If the deadline passes before.
        """
        self._awaited = answer  # before the end is looked at, so that `give_up` comes in time for one of the two
        try:
            return answer.result(max(0.0, self._end - time.monotonic()))
        except (FutureTimeout, CancelledError):
            answer.cancel()
            raise OverdueError from None

    def give_up(self) -> None:
        """Let it pass now; whoever waits is woken."""
        self._end = float("-inf")
        if self._awaited:
            self._awaited.cancel()


# Set for each request.
deadline: Final[ContextVar[Deadline | None]] = ContextVar("deadline", default=None)


def check_deadline() -> None:
    """Raise OverdueError if the request at hand should have been answered by now."""
    end = deadline.get()
    if end is not None:
        end.check()


@dataclass(eq=False)
class _Job:
    token_ids: Sequence[Sequence[int]]
    answer: Future[NDArray[np.float32]] = field(default_factory=Future)
    taken: int = 0
    done: list[NDArray[np.float32]] = field(default_factory=list)


class BatchedRuntime:
    """A runtime that reads what many threads ask for in common batches.

    What has gathered while the last batch ran makes the next one: nobody waits for a batch to fill. Every request gets an equal
    part of a batch, so that a long one does not hold up the short ones behind it.
    """

    def __init__(self, runtime: Runtime, batch: int = 32, observe: Callable[[int], object] | None = None) -> None:
        """Start the thread that reads.

        Args:
            runtime: Runs the network.
            batch: Most texts of a batch.
            observe: Called with the size of each batch, if given.
        """
        self.name = runtime.name
        self._runtime = runtime
        self._batch = batch
        self._observe = observe
        self._jobs: deque[_Job] = deque()
        self._filled = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="batches", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still reads."""
        return self._thread.is_alive() and not self._stopped

    def logits(self, token_ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Wait for the turn of some texts, until the `deadline` of the request.

        Args:
            token_ids: n texts as token ids.

        Returns:
            Logits of shape (n, number of labels), in the order given.

        Raises:
            OverdueError: If the deadline has passed.
            StoppedError: If the service has stopped.
        """
        if not token_ids:
            return self._runtime.logits(token_ids)
        job, end = _Job(token_ids), deadline.get()
        with self._filled:
            if self._stopped:
                raise StoppedError("the service is stopping; ask again later")
            self._jobs.append(job)
            self._filled.notify()
        return job.answer.result() if end is None else end.wait(job.answer)

    def close(self) -> None:
        """Read what has been asked for, then stop."""
        with self._filled:
            self._stopped = True
            self._filled.notify()
        self._thread.join()

    def _work(self) -> None:
        while parts := self._next():
            texts = [ids for job, start, end in parts for ids in job.token_ids[start:end]]
            if self._observe:
                self._observe(len(texts))
            try:
                rows = self._runtime.logits(texts)
            except Exception as error:  # belongs to those who wait, not to this thread
                for job in {job for job, *_ in parts}:
                    if job.answer.set_running_or_notify_cancel():
                        job.answer.set_exception(error)
                continue
            place = 0
            for job, start, end in parts:
                job.done.append(rows[place : place + end - start])
                place += end - start
                if end == len(job.token_ids) and job.answer.set_running_or_notify_cancel():
                    job.answer.set_result(np.concatenate(job.done))

    def _next(self) -> list[tuple[_Job, int, int]]:
        """Return the parts of the next batch, as job, first and last text; none when it is time to stop."""
        with self._filled:
            parts: list[tuple[_Job, int, int]] = []
            while not parts:
                self._filled.wait_for(lambda: self._jobs or self._stopped)
                if not self._jobs:
                    return []
                self._jobs = deque(job for job in self._jobs if not job.answer.done())
                share, room = max(1, self._batch // max(1, len(self._jobs))), self._batch
                for _ in range(len(self._jobs)):
                    if room:
                        job = self._jobs.popleft()
                        size = min(share, room, len(job.token_ids) - job.taken)
                        parts.append((job, job.taken, job.taken + size))
                        job.taken, room = job.taken + size, room - size
                        if job.taken < len(job.token_ids):
                            self._jobs.append(job)
            return parts
