"""How fast `escalate score` is, and how much memory it takes, by number of rows and workers."""

from __future__ import annotations

import itertools
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from escalate.bundle import load, sha256_of

TRAIN: Final = Path("data/sentences/train.jsonl")
_PROGRAM: Final = [sys.executable, "-c", "from escalate.cli.main import main; main()"]
_PACKAGES: Final = ("onnxruntime", "tokenizers", "pyarrow", "numpy")


def sentences(path: Path = TRAIN) -> Iterator[str]:
    """Return the sentences of a file of labelled sentences, over and over, each time with its round in front.

    Args:
        path: JSON Lines with "text".

    Yields:
        Sentences without end, no two alike.
    """
    lines = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    for turn in itertools.count():
        yield from (f"{turn}. {text}" if turn else text for text in lines)


def write_input(path: Path, texts: Iterable[str]) -> None:
    """Write an input file of `escalate score`: JSON Lines with "id" and "text"."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts))


def measure(rows: Sequence[int], workers: Sequence[int], folder: Path) -> dict[str, Any]:
    """Run `escalate score` as a user does, once for each number of rows and workers.

    Args:
        rows: Numbers of rows.
        workers: Numbers of workers.
        folder: An empty directory for input and output.

    Returns:
        "data" and "bundle" (SHA-256), "versions", "machine", and "runs": for each its "rows", "workers", "seconds", "rate" in
        rows a second, start of the program included, "peak_rss" in bytes, and "load", the machine's load average before it:
        figures of a busy machine say little.
    """
    runs = []
    for count, number in itertools.product(rows, workers):
        source, out = folder / f"{count}.jsonl", folder / f"{count}-{number}"
        write_input(source, itertools.islice(sentences(), count))
        command = ["score", str(source), "--out", str(out), "--workers", str(number)]
        load_before = os.getloadavg()[0]
        seconds, peak = _timed([*_PROGRAM, *command])
        figures = {"seconds": seconds, "rate": count / seconds, "peak_rss": peak, "load": load_before}
        runs.append({"rows": count, "workers": number, **figures})
    return {
        "data": {TRAIN.as_posix(): sha256_of(TRAIN)},
        "bundle": load().sha256,
        "seed": None,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
        "runs": runs,
    }


def _timed(command: Sequence[str]) -> tuple[float, int]:
    """Run a command; return its seconds and the largest part of the memory that it held, in bytes."""
    # The figure of the children of this process would be that of the largest of all so far.
    code = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=2); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
    )
    started = time.monotonic()
    found = subprocess.run([sys.executable, "-c", code, *command], stdout=subprocess.PIPE, text=True, check=True)
    # Kilobytes, but bytes on macOS.
    return time.monotonic() - started, int(found.stdout) * (1 if sys.platform == "darwin" else 1024)
