"""A stream through a bundle, in a program of its own: `python -m escalate.benchmarks.speed.stream BUNDLE FILE COUNT`."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from escalate.predict import Predictor

_FIRST: Final = 1000
# Divides all milestones, so that a milestone is reached as soon as its batch is read.
_BATCH: Final = 250


def milestones(count: int) -> list[int]:
    """Return 1,000, 2,000, 5,000, 10,000 and so on below a count, and the count."""
    steps = (_FIRST * step * 10**power for power in range(len(str(count))) for step in (1, 2, 5))
    return [step for step in steps if step < count] + [count]


def endless(path: Path) -> Iterator[str]:
    """Return the sentences of a file line by line, over and over, each with the last digit of its round in front.

    One digit, so that sentences of late rounds are no longer than those of early ones and rates can be compared.

    Args:
        path: JSON Lines with "text".

    Yields:
        Sentences without end.
    """
    for turn in itertools.count():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield f"{turn % 10}. {json.loads(line)['text']}"


def stream(bundle: str, path: Path, count: int) -> list[dict[str, float]]:
    """Read a stream.

    Args:
        bundle: Name or path of a bundle.
        path: The sentences; they are never all in memory.
        count: How many to read.

    Returns:
        At each milestone the "sentences" read, the "seconds" since the start, the "rate" (sentences a second since the last
        milestone) and "peak_rss", the largest resident memory so far, looked at after every batch, in bytes.
    """
    predictor, process, marks = Predictor.load(bundle), psutil.Process(), set(milestones(count))
    found: list[dict[str, float]] = []
    peak, done, before, started = 0, 0, 0.0, time.perf_counter()
    for number, _ in enumerate(predictor.iter(itertools.islice(endless(path), count), batch_size=_BATCH), start=1):
        if number % _BATCH == 0 or number in marks:
            peak = max(peak, process.memory_info().rss)
        if number in marks:
            seconds = time.perf_counter() - started
            pace = (number - done) / (seconds - before)
            found.append({"sentences": number, "seconds": seconds, "rate": pace, "peak_rss": peak})
            done, before = number, seconds
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(stream(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
