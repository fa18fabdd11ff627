"""Run a benchmark: a bundle and its rivals on the same rows, with leaks counted, in one results file."""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from escalate.benchmarks.config import BenchmarkConfig, RivalConfig
from escalate.benchmarks.cross_validation import cross_validate
from escalate.benchmarks.figures import figures, lead
from escalate.benchmarks.leaks import overlap, shared
from escalate.benchmarks.rivals import RIVALS
from escalate.benchmarks.rivals.base import Classifier, Floats, Setting
from escalate.benchmarks.sources import Obtained, obtain
from escalate.benchmarks.task import Row, Source, Task
from escalate.benchmarks.tasks import TASKS
from escalate.bundle import sha256_of
from escalate.data.contrast import contrast_scores, read_groups
from escalate.data.labelled import OWN, Columns, LabelledText, read_labelled, texts_in
from escalate.errors import BundleError, DataError, EscalateError, require
from escalate.labels import LABELS
from escalate.predict import Predictor
from escalate.target import check_targets, whole

_PACKAGES: Final = (
    "escalate-signals", "numpy", "scikit-learn", "onnxruntime", "torch", "transformers", "vaderSentiment", "fasttext-numpy2",
    "model2vec", "setfit", "sentence-transformers",
)  # fmt: skip

logger = logging.getLogger(__name__)


def run(config: BenchmarkConfig, command: str, *, data: Path | None, cache: Path) -> dict[str, Any]:
    """Run a benchmark and write its results file.

    Args:
        config: The configuration.
        command: The command that repeats it, for the results file.
        data: Folder with the files of third parties; None fetches them from their pinned addresses.
        cache: Where fetched files are kept.

    Returns:
        The results as they stand in the file: "task", "half" (None for a file of the project's own), "data", "train", "leaks",
        "bundle", "models" (name -> figures), "left_out" (name -> reason), "published", "seed", "versions" and "command".
        Nothing in it depends on the time or place.

    Raises:
        EscalateError: If a file, a bundle or a rival that is not optional cannot be used, the results cannot be written, or
            training sentences are tested.
    """
    check_targets(Path(config.output))
    task = TASKS[config.task]
    file = obtain(task, config.half, data, cache)
    if file.licence:
        logger.info("%s: licence %s", task.name, file.licence)
    rows = task.read(file.path, config.half)
    results: dict[str, Any] = {
        "command": command,
        "task": task.name,
        "title": task.title,
        "half": config.half if isinstance(task.file, Source) else None,
        "data": {
            "file": file.path.name,
            "sha256": file.sha256,
            "origin": file.origin,
            "licence": file.licence,
            "rows": len(rows),
        },
        "seed": config.seed,
        "resamples": config.resamples,
    }
    measured = _cross_validation(config, task, rows) if config.folds else _transfer(config, task, rows, file)
    results |= measured
    results["leaks"]["shared"] = _shared(task, rows, config.half, data, cache)
    results["published"] = [found._asdict() for found in task.published]
    results["versions"] = {"python": platform.python_version(), **dict(_versions())}
    _write(results, Path(config.output))
    return results


def _transfer(config: BenchmarkConfig, task: Task, rows: Sequence[Row], file: Obtained) -> dict[str, Any]:
    train = [row for path in config.train for row in read_labelled(Path(path), LABELS)[0]]
    _check_training(config, train)
    texts = [row.text for row in rows]
    leaks: dict[str, Any] = {"training": _training_leaks(config.train, train, texts)}
    results: dict[str, Any] = {"train": {path: sha256_of(Path(path)) for path in config.train}, "leaks": leaks, "models": {}}
    bundle: Floats | None = None
    if config.bundle is not None:
        predictor = Predictor.load(config.bundle)
        if not set(LABELS) <= set(predictor.labels):
            raise BundleError(f"{config.bundle}: its labels are {', '.join(predictor.labels)}; this needs {', '.join(LABELS)}")
        results["bundle"] = {"name": predictor.bundle.manifest.name, "sha256": predictor.bundle.sha256}
        leaks["bundle"] = _bundle_leaks(predictor, texts)
        bundle = _bundle_says(predictor, texts)
        results["models"][predictor.bundle.manifest.name] = _measure(bundle, task, rows, file, config)
    left_out: dict[str, str] = {}
    for rival in config.rivals:
        classifier = _made(rival, LABELS, config.seed, left_out)
        if classifier is not None:
            logger.info("%s: %s", task.name, rival.title)
            classifier.fit([row.text for row in train], [row.target for row in train])
            said = classifier.predict_proba(texts)
            found = results["models"][rival.title] = _measure(said, task, rows, file, config)
            if bundle is not None and task.labels:
                found["lead_of_bundle"] = lead(bundle, said, rows, LABELS, resamples=config.resamples)
    return {**results, "left_out": left_out}


def _check_training(config: BenchmarkConfig, train: Sequence[LabelledText]) -> None:
    """Raise a DataError if a rival is to learn from rows that lack a label."""
    learning = [rival.title for rival in config.rivals if RIVALS[rival.method].learns]
    present = {row.target for row in train}
    missing = [label for target, label in enumerate(LABELS) if target not in present]
    if learning and missing:
        raise DataError(
            f"no row of {', '.join(config.train)} is labelled {', '.join(missing)}, which {learning[0]} is to learn"
        )


def _cross_validation(config: BenchmarkConfig, task: Task, rows: Sequence[Row]) -> dict[str, Any]:
    labels = tuple(task.classes.values())
    models: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    leaks: dict[str, Any] = {}
    for rival in config.rivals:
        if _made(rival, labels, config.seed, left_out) is not None:
            logger.info("%s: %s in %d folds", task.name, rival.title, config.folds)

            def make(rival: RivalConfig = rival) -> Classifier:
                return RIVALS[rival.method].make(Setting(labels, config.seed, rival.options))

            models[rival.title], leaks["folds"] = cross_validate(
                make, rows, dict(task.classes), config.folds or 2, seed=config.seed, resamples=config.resamples
            )
    return {"folds": config.folds, "models": models, "left_out": left_out, "leaks": leaks}


def _made(rival: RivalConfig, labels: tuple[str, ...], seed: int, left_out: dict[str, str]) -> Classifier | None:
    """Make a rival; None, with the reason noted, for an optional one that cannot be made."""
    method = RIVALS[rival.method]
    try:
        require("benchmark", *method.modules)
        return method.make(Setting(labels, seed, rival.options))
    except EscalateError as error:
        if not rival.optional:
            raise
        left_out[rival.title] = str(error)
        logger.info("%s is left out: %s", rival.title, error)
        return None


def _measure(said: Floats, task: Task, rows: Sequence[Row], file: Obtained, config: BenchmarkConfig) -> dict[str, Any]:
    found = figures(said, rows, LABELS, labelled=task.labels, resamples=config.resamples)
    if task.name == "contrast":
        labels = [LABELS[i] for i in said.argmax(axis=1)]
        found["contrast"] = contrast_scores(read_groups(file.path), labels)
    return found


def _bundle_says(predictor: Predictor, texts: Sequence[str]) -> Floats:
    return np.array([[found.probabilities[label] for label in LABELS] for found in predictor.predict(texts)])


def _training_leaks(paths: Sequence[str], train: Sequence[LabelledText], texts: Sequence[str]) -> dict[str, Any]:
    found = overlap(texts, [row.text for row in train])
    if found["exact"]:
        raise DataError(f"{found['exact']} test sentences stand in {', '.join(paths)}: never train on what is tested")
    return {"files": list(paths), **found}


def _bundle_leaks(predictor: Predictor, texts: Sequence[str]) -> dict[str, Any] | str:
    """Count the test sentences in the files that a bundle says it was made from, labelled or not."""
    sources = _sources(predictor.bundle.manifest.provenance.get("config", {}))
    files = list(dict.fromkeys(path for path, _ in sources))
    hashes = predictor.bundle.manifest.provenance.get("data", {})
    absent = [path for path in files if not Path(path).is_file() or sha256_of(Path(path)) != hashes.get(path)]
    if not files or absent:
        return f"not counted: files that the bundle was made from are not at hand: {', '.join(absent) or 'none named'}"
    return {"files": files, **overlap(texts, [text for path, columns in sources for text in texts_in(Path(path), columns)])}


def _sources(config: dict[str, Any]) -> list[tuple[str, Columns]]:
    """Return the files that a training configuration names, with their columns."""
    data = config.get("data", {})
    columns = OWN._replace(text=data.get("text_column", OWN.text))
    # Validation rows chose epoch, scaling and thresholds; texts without labels were read for a teacher's or the pooling's sake.
    rows = [*data.get("train", []), *data.get("validation", [])]
    plain = [path for name in ("pooling", "distillation") for path in (config.get(name) or {}).get("texts", [])]
    return list(dict.fromkeys([*((path, columns) for path in rows), *((path, OWN) for path in plain)]))


def _shared(task: Task, rows: Sequence[Row], half: str, data: Path | None, cache: Path) -> dict[str, Any]:
    """Count the sentences shared with other codings; a coding that is not at hand is named as such."""
    found: dict[str, Any] = {}
    for name in task.shares:
        for other in ("dev", "test"):
            try:
                others = TASKS[name].read(obtain(TASKS[name], other, data, cache).path, other)
            except DataError as error:
                if data is None or other == half:
                    raise
                found[f"{name}.{other}"] = f"not counted: {error}".replace(str(data), "DIR")
            else:
                found[f"{name}.{other}"] = shared(rows, others)
    return found


def _versions() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _write(results: dict[str, Any], path: Path) -> None:
    with whole(path) as partial:
        partial.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
