"""Run the speed benchmark: every contender on the same sentences by turns, in one results file."""

from __future__ import annotations

import logging
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Final

from escalate.benchmarks.own_test import write_results
from escalate.benchmarks.rivals import RIVALS
from escalate.benchmarks.scaling import write_input
from escalate.benchmarks.speed.config import SpeedConfig
from escalate.benchmarks.speed.contenders import Contender, of_bundles, of_networks, of_rivals, size_of
from escalate.benchmarks.speed.machine import machine, versions
from escalate.benchmarks.speed.plain import BATCHES, load_pipeline, save_checkpoint
from escalate.benchmarks.speed.processes import cold_starts, streamed
from escalate.benchmarks.speed.texts import described, shuffled
from escalate.benchmarks.speed.timing import WARM, race, rate, waiting
from escalate.bundle import sha256_of
from escalate.errors import require
from escalate.explain import explain
from escalate.predict import Predictor
from escalate.target import check_targets

PIPELINE: Final = "pipeline"
_COLD: Final = 3
_EXPLAINED: Final = 150

logger = logging.getLogger(__name__)


def run(config: SpeedConfig, command: str) -> dict[str, Any]:
    """Run the benchmark and write its results file.

    Args:
        config: The configuration.
        command: The command that repeats it, for the results file.

    Returns:
        The results as they stand in the file: "command", "task", "seed", "data" and "bundles" (SHA-256 by file and by name),
        "sentences" (see `texts.described`), "repeats", "machine", "versions", "batch_sizes" (rate of the pipeline by batch
        size), "contenders" (name -> what `timing.race` found, "bytes" and "quality"), "streams", "explanations" (seconds that
        `explain` takes for a sentence, see `timing.waiting`) and "cold_start".

    Raises:
        EscalateError: If a file, a bundle or a rival cannot be used, or the results cannot be written.
    """
    check_targets(Path(config.output))
    require("benchmark", *(module for rival in config.rivals for module in RIVALS[rival.method].modules))
    before = machine()
    texts = shuffled(config.texts, config.seed, config.sentences)
    timed = texts[: config.sentences]
    with tempfile.TemporaryDirectory(prefix="escalate-") as name:
        folder = Path(name)
        checkpoint, stream = folder / "checkpoint", folder / "stream.jsonl"
        window = save_checkpoint(config.base, checkpoint, config.seed)
        classify = load_pipeline(checkpoint, window)
        classify(1, timed[:WARM])
        sizes = {size: rate(partial(classify, size), timed) for size in BATCHES}
        fastest = partial(classify, max(sizes, key=lambda size: sizes[size]))
        bundles = dict(of_bundles(config.bundles))
        contenders = {
            PIPELINE: Contender(fastest, size_of(checkpoint)),
            **dict(of_networks(checkpoint, window, folder)),
            **dict(of_rivals(config.rivals, Path(config.train), config.seed, folder)),
            **bundles,
        }
        logger.info("%d sentences, %d times: %s", len(timed), config.repeats, ", ".join(contenders))
        found = race({name: item.predict for name, item in contenders.items()}, timed, config.repeats, PIPELINE)
        logger.info("streams of %d sentences, and cold starts", config.stream)
        write_input(stream, texts)
        results = {
            "task": config.task,
            "seed": config.seed,
            "data": {file: sha256_of(Path(file)) for file in dict.fromkeys([*config.texts, config.train])},
            "bundles": {name: item.sha256 for name, item in bundles.items()},
            "sentences": described(timed, checkpoint, window),
            "repeats": config.repeats,
            "machine": before,
            "versions": versions(),
            "batch_sizes": {str(size): value for size, value in sizes.items()},
            "contenders": {
                name: {**figures, "bytes": contenders[name].bytes, "quality": contenders[name].quality}
                for name, figures in found.items()
            },
            "streams": streamed(list(bundles), stream, config.stream),
            "explanations": {name: waiting(partial(explain, Predictor.load(name)), timed[:_EXPLAINED]) for name in bundles},
            "cold_start": cold_starts(checkpoint, timed[0], _COLD),
        }
    write_results(results, Path(config.output), command)
    return {"command": command, **results}
