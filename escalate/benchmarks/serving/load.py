"""Clients that ask as fast as they are answered."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import cycle, islice
from typing import Any, Final

import aiohttp
import numpy as np
import psutil

from escalate.benchmarks.scaling import TRAIN, sentences
from escalate.bundle import load as load_bundle
from escalate.bundle import sha256_of
from escalate.errors import EscalateError

SERVICE: Final = [sys.executable, "-c", "from escalate.cli.main import main; main()", "serve", "--port"]
PLAIN: Final = [sys.executable, "-m", "escalate.benchmarks.serving.plain"]
_PACKAGES: Final = ("aiohttp", "fastapi", "httptools", "onnxruntime", "torch", "transformers", "uvicorn", "uvloop")
ROUNDS: Final = 4
_START: Final = 300.0
_WARM: Final = 20


def compare(clients: int, seconds: float) -> dict[str, Any]:
    """Load the service and the plain rival by turns, so that both meet the same machine, with requests of one sentence each.

    Args:
        clients: How many ask at once; each waits for an answer before it asks again.
        seconds: How long to ask each.

    Returns:
        "data" and "bundle" (SHA-256), "clients", "cores", "versions", for "escalate" and "plain" what `figures` returns, "cpu"
        (seconds of processor time an answer, which a busy machine changes less than the other figures), "load", the machine's
        average before, and "ratio" of the throughputs.
    """
    answered: dict[str, list[tuple[int, float]]] = {"plain": [], "escalate": []}
    spent, before = dict.fromkeys(answered, 0.0), os.getloadavg()[0]
    with running(PLAIN) as plain, running(SERVICE) as service:
        for _ in range(ROUNDS):
            for name, (url, process) in (("plain", plain), ("escalate", service)):
                spent[name] -= sum(process.cpu_times()[:2])
                answered[name] += asyncio.run(ask(url, clients, seconds / ROUNDS))
                spent[name] += sum(process.cpu_times()[:2])
    found = {name: {**figures(rows, seconds), "cpu": spent[name] / max(1, len(rows))} for name, rows in answered.items()}
    return {
        "data": {TRAIN.as_posix(): sha256_of(TRAIN)},
        "bundle": load_bundle().sha256,
        "seed": None,
        "clients": clients,
        "seconds": seconds,
        "cores": os.cpu_count(),
        "versions": {package: version(package) for package in _PACKAGES},
        "load": before,
        **found,
        "ratio": found["escalate"]["throughput"] / found["plain"]["throughput"],
    }


def soak(clients: int, seconds: float, parts: int = 6) -> dict[str, Any]:
    """Load the service for long, and watch its memory.

    Args:
        clients: How many ask at once.
        seconds: How long in all.
        parts: After how many parts of that time to look.

    Returns:
        "clients", "seconds", "answers", "failures", "resident" (bytes after each part) and "growth", of the last over
        the first of them: what the first part fills (threads, buffers) is not growth.
    """
    resident, answered = [], []
    with running(SERVICE) as (url, process):
        for _ in range(parts):
            answered += asyncio.run(ask(url, clients, seconds / parts))
            resident.append(process.memory_info().rss)
    failures = sum(status != 200 for status, _ in answered)
    return {
        "clients": clients,
        "seconds": seconds,
        "answers": len(answered),
        "failures": failures,
        "resident": resident,
        "growth": resident[-1] / resident[0],
    }


def figures(answered: Sequence[tuple[int, float]], seconds: float) -> dict[str, float]:
    """Return "answers", "failures", "throughput" (good answers a second), "p50" and "p99" (seconds).

    Args:
        answered: Status and seconds of each answer.
        seconds: How long was asked.

    Returns:
        The figures by name.
    """
    good = [time for status, time in answered if status == 200]
    p50, p99 = np.quantile(good or [float("nan")], [0.5, 0.99]).tolist()
    return {
        "answers": len(good),
        "failures": len(answered) - len(good),
        "throughput": len(good) / seconds,
        "p50": p50,
        "p99": p99,
    }


async def ask(url: str, clients: int, seconds: float) -> list[tuple[int, float]]:
    """Ask for a while; the client is one of the lighter ones, since it shares the cores with the service it measures.

    Args:
        url: Of the service.
        clients: How many ask at once.
        seconds: How long; what is under way then is not counted.

    Returns:
        Status and seconds of each answer.
    """
    texts = cycle(islice(sentences(), 2000))
    answered: list[tuple[int, float]] = []

    connections, patience = aiohttp.TCPConnector(limit=clients), aiohttp.ClientTimeout(120)
    async with aiohttp.ClientSession(url, connector=connections, timeout=patience) as client:

        async def once() -> tuple[int, float]:
            started = time.perf_counter()
            async with client.post("/v1/predict", json={"texts": [next(texts)]}) as response:
                await response.read()
            return response.status, time.perf_counter() - started

        async def user(end: float) -> None:
            while time.perf_counter() < end:
                answer = await once()
                if time.perf_counter() < end:
                    answered.append(answer)

        for _ in range(_WARM):
            await once()
        end = time.perf_counter() + seconds
        await asyncio.gather(*(user(end) for _ in range(clients)))
    return answered


@contextmanager
def running(command: Sequence[str]) -> Iterator[tuple[str, psutil.Process]]:
    """Start a service on a free port, wait until it answers, and stop it at the end.

    Args:
        command: The command; the port is put behind it.

    Yields:
        Its address and its process.

    Raises:
        EscalateError: If it does not come up.
    """
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + _START
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                raise EscalateError(f"{' '.join(command)} {port} did not come up")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
