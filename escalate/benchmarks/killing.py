"""Kill a resumable command again and again, and see whether its output is that of an undisturbed run."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from escalate.bundle import sha256_of
from escalate.errors import EscalateError


def kill_and_resume(command: Sequence[str], out: Path, times: int, seed: int = 13) -> dict[str, Any]:
    """Run a command undisturbed, then again with SIGKILL at random moments, and compare what it writes byte for byte.

    Args:
        command: The command; "{out}" in it stands for the directory that it writes into.
        out: A directory for both outputs; what is in it is removed.
        times: How often to kill. A run that ends before its moment is begun anew in an empty directory.
        seed: Of the moments.

    Returns:
        "kills", "kills_in_work" (with some output there), "finished" (whole outputs compared) and "identical".

    Raises:
        EscalateError: If a run ends by itself with an error.
    """
    shutil.rmtree(out, ignore_errors=True)
    calm, rough = out / "calm", out / "rough"
    started = time.monotonic()
    _check(_start(command, calm), command)
    duration = time.monotonic() - started
    expected = contents(calm)
    moments = random.Random(seed)
    found: dict[str, Any] = {"kills": 0, "kills_in_work": 0, "finished": 0, "identical": True}
    while found["kills"] < times or found["finished"] == 0:
        process = _start(command, rough)
        try:
            if found["kills"] >= times:
                raise subprocess.TimeoutExpired(command, 0)
            process.wait(moments.uniform(0, duration))
        except subprocess.TimeoutExpired:
            if found["kills"] < times:
                process.kill()
                process.communicate()
                found["kills"] += 1
                found["kills_in_work"] += (rough / "part-000000.parquet").exists()
                continue
        _check(process, command)
        found["finished"] += 1
        found["identical"] &= contents(rough) == expected
        shutil.rmtree(rough)
    return found


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of every file in a folder, hidden ones too, by name."""
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _start(command: Sequence[str], out: Path) -> subprocess.Popen[str]:
    words = [word.replace("{out}", str(out)) for word in command]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _check(process: subprocess.Popen[str], command: Sequence[str]) -> None:
    _, errors = process.communicate()
    if process.returncode:
        raise EscalateError(f"{' '.join(command)} ended with {process.returncode}: {errors}")
