"""A real service on a free port of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest


class Service:
    """A running `escalate serve`."""

    def __init__(self, *options: str, **environment: str) -> None:
        program = [sys.executable, "-c", "from escalate.cli.main import main; main()", "serve", "--port", "0", *options]
        settings = {f"ESCALATE_{name.upper()}": value for name, value in environment.items()}
        self.process = subprocess.Popen(program, stderr=subprocess.PIPE, text=True, env={**os.environ, **settings})
        self.log: list[str] = []
        self.url = ""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            if found := re.search(r"listening on (\S+)", line):
                self.url = found[1]
                break
        assert self.url, "".join(self.log)
        self._reader = threading.Thread(target=self.log.extend, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        self.client = httpx.Client(base_url=self.url, timeout=120)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def stop(self) -> int:
        """Tell it to stop and wait."""
        self.process.terminate()
        code = self.process.wait(120)
        self._reader.join(10)
        self.client.close()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


@contextmanager
def running(*options: str, **environment: str) -> Iterator[Service]:
    service = Service(*options, **environment)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()


@pytest.fixture(scope="package")
def service() -> Iterator[Service]:
    """A service with everything as it comes, but for small limits."""
    with running(max_body="20000", max_texts="20", max_length="5000", max_entries="500", body_timeout="1") as found:
        yield found
