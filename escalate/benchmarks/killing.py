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

    Every other kill counts its moment from the first file that the run itself writes: a program may take longer to start than
    to work, and kills while it starts alone would show little.

    Args:
        command: The command; "{out}" in it stands for the directory that it writes into.
        out: A directory for both outputs; what is in it is removed.
        times: How often to kill. A run that ends before its moment is compared, and begun anew in an empty directory.
        seed: Of the moments.

    Returns:
        "kills"; "kills_in_work", those of runs that had themselves written a file by then; "finished", the whole outputs that
        were compared; and "identical", whether all of these were.

    Raises:
        EscalateError: If a run ends by itself with an error.
    """
    shutil.rmtree(out, ignore_errors=True)
    calm, rough = out / "calm", out / "rough"
    started = time.monotonic()
    process = _start(command, calm)
    _wait_for_work(process, calm, set())
    first_file = time.monotonic()
    _check(process, command)
    duration, work = time.monotonic() - started, time.monotonic() - first_file
    expected = contents(calm)
    moments = random.Random(seed)
    found: dict[str, Any] = {"kills": 0, "kills_in_work": 0, "finished": 0, "identical": True}
    while found["kills"] < times or found["finished"] == 0:
        before = _names(rough)
        process = _start(command, rough)
        if found["kills"] < times and not _ends_before_its_moment(
            process, rough, before, found["kills"], moments, duration, work
        ):
            process.kill()
            process.communicate()
            found["kills"] += 1
            found["kills_in_work"] += bool(_names(rough) - before)
            continue
        _check(process, command)
        found["finished"] += 1
        found["identical"] &= contents(rough) == expected
        shutil.rmtree(rough)
    return found


def _ends_before_its_moment(
    process: subprocess.Popen[str],
    out: Path,
    before: set[str],
    kills: int,
    moments: random.Random,
    duration: float,
    work: float,
) -> bool:
    if kills % 2:
        _wait_for_work(process, out, before)
    try:
        process.wait(moments.uniform(0, work if kills % 2 else duration))
    except subprocess.TimeoutExpired:
        return False
    return True


def _wait_for_work(process: subprocess.Popen[str], out: Path, before: set[str]) -> None:
    while process.poll() is None and not _names(out) - before:
        time.sleep(0.005)


def _names(out: Path) -> set[str]:
    # The files that count as work are the ones that readers see, not the job's own.
    return {path.name for path in out.glob("*") if not path.name.startswith((".", "_"))}


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
