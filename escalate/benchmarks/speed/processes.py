"""What is measured in processes of their own: the cold start, and streams with their memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from escalate.benchmarks.speed.timing import spread
from escalate.errors import EscalateError

_STREAM: Final = "escalate.benchmarks.speed.stream"


def cold_starts(checkpoint: Path, text: str, repeats: int) -> dict[str, dict[str, float]]:
    """Time fresh processes by turns, from their start to their end.

    Args:
        checkpoint: A saved checkpoint for the pipeline.
        text: The sentence to predict.
        repeats: How many turns each program has.

    Returns:
        The spread of the seconds of "python" (a program that does nothing), "import" (`import escalate` alone), "escalate" and
        "pipeline" (each imports and predicts the sentence).
    """
    programs = {
        "python": "pass",
        "import": "import escalate",
        "escalate": f"import escalate; escalate.predict({text!r})",
        "pipeline": "from transformers import pipeline; "
        f"pipeline('text-classification', model={str(checkpoint)!r}, device='cpu')({text!r})",
    }
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(repeats):
        for name, code in programs.items():
            started = time.perf_counter()
            output_of("-c", code)
            seconds[name].append(time.perf_counter() - started)
    return {name: spread(values) for name, values in seconds.items()}


def streamed(bundles: Sequence[str], path: Path, count: int) -> dict[str, list[dict[str, Any]]]:
    """Let each bundle read a stream in a process that holds nothing else.

    Args:
        bundles: Names or paths.
        path: JSON Lines with "text".
        count: How many sentences to read.

    Returns:
        Bundle -> what `stream.stream` returned.
    """
    return {name: json.loads(output_of("-m", _STREAM, name, str(path), str(count))) for name in bundles}


def output_of(*arguments: str) -> str:
    """Run Python and return what it prints.

    Args:
        *arguments: Of the interpreter.

    Returns:
        Its standard output.

    Raises:
        EscalateError: If it fails; the message has the end of its error output.
    """
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise EscalateError(f"python {arguments[0]} {arguments[1]:.60} ended with {done.returncode}: {done.stderr[-1000:]}")
    return done.stdout
