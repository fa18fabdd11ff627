"""What a run follows from beside its configuration: hashes taken at its start, compared before it goes on or is used again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from escalate.data.manifest import checked_hash
from escalate.errors import DataError
from escalate.model import base_hash
from escalate.target import whole
from escalate.training.config import TrainConfig
from escalate.training.distillation import teacher_hash
from escalate.training.run import INPUTS, RESULTS


class Inputs(NamedTuple):
    """SHA-256 of every data file and teacher by name, and of the base checkpoint."""

    data: dict[str, str]
    base: str


def inputs_of(config: TrainConfig, *, allow_unlisted: bool) -> Inputs:
    """Take the hashes of all that a configuration names.

    Args:
        config: The configuration.
        allow_unlisted: Whether to take files that no manifest vouches for.

    Returns:
        The hashes as they are now.

    Raises:
        DataError: If a file is missing, or its hash is not the manifest's.
        BundleError: If the base checkpoint or a teacher cannot be found.
    """
    files = [*config.data.train, *config.data.validation]
    for section in (config.pooling, config.distillation):
        files += section.texts if section is not None else []
    files += [config.polarity.readings] if config.polarity is not None else []
    hashes = {file: checked_hash(Path(file), allow_unlisted=allow_unlisted) for file in files}
    hashes |= {name: teacher_hash(name) for name in (config.distillation.teachers if config.distillation else [])}
    return Inputs(hashes, base_hash(config.model.base))


def begin(run: Path, inputs: Inputs) -> None:
    """Note what a run is made from; one that is begun already goes on with nothing else.

    Args:
        run: The run's directory.
        inputs: What it would be made from now.

    Raises:
        DataError: If it was begun with something else.
    """
    noted = run / INPUTS
    if noted.is_file():
        _compare(run, Inputs(**json.loads(noted.read_text(encoding="utf-8"))), inputs)
        return
    with whole(noted) as partial:
        partial.write_text(json.dumps(inputs._asdict(), indent=2) + "\n", encoding="utf-8")


def check_finished(run: Path, config: TrainConfig) -> None:
    """Refuse a finished run whose configuration would now be trained on something else.

    Args:
        run: The run's directory.
        config: Its configuration.

    Raises:
        DataError: If a file, a teacher or the base is not what the run was trained with, or a file is missing.
        BundleError: If the base checkpoint or a teacher cannot be found.
    """
    results = json.loads((run / RESULTS).read_text(encoding="utf-8"))
    now = inputs_of(config, allow_unlisted=True)
    # Runs of earlier versions say nothing of the base's weights.
    _compare(run, Inputs(results["data"], results.get("base_sha256", now.base)), now)


def _compare(run: Path, then: Inputs, now: Inputs) -> None:
    changed = [name for name, found in now.data.items() if then.data.get(name, found) != found]
    changed += ["the base checkpoint"] if then.base != now.base else []
    if changed:
        raise DataError(
            f"{', '.join(changed)} changed since {run} was begun; bring back what was there, or remove {run} and train again"
        )
