"""The whole evaluation of a bundle in one result: figures, slices, contrast sets, robustness, actors, rivals, seeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from escalate.bundle import Bundle, load, sha256_of
from escalate.calibration import COVERAGES, abstention_threshold
from escalate.data.labelled import OWN, Columns, read_labelled
from escalate.errors import BundleError, DataError
from escalate.evaluation.evaluate import Read, evaluate, read_file
from escalate.evaluation.polarity import polarity_of_neutral
from escalate.evaluation.seeds import read_result, spread
from escalate.evaluation.significance import compare
from escalate.evaluation.slices import slice_figures
from escalate.labels import LABELS
from escalate.predict import Predictor
from escalate.target import whole

if TYPE_CHECKING:
    from escalate.data.contrast import Group


def suite(
    predictor: Predictor,
    data: Path,
    *,
    columns: Columns = OWN,
    resamples: int = 1000,
    sample: int = 0,
    contrast: Path | None = None,
    polarity: Path | None = None,
    validation: Path | None = None,
    against: str | None = None,
    seeds: Sequence[Path] = (),
) -> dict[str, Any]:
    """Evaluate a bundle on a labelled file from every side asked for.

    Args:
        predictor: The bundle.
        data: JSON Lines, CSV or TSV with a text and a label in each row; further fields make slices.
        columns: Where text and label stand, in `validation` too.
        resamples: Number of bootstrap samples.
        sample: Rows that are changed to measure robustness, and a quarter as many in which states are swapped; 0: neither.
        contrast: A file of contrast sets.
        polarity: Readers' polarity of neutral sentences (`escalate.data.polarity`), to compare their score with.
        validation: Labelled rows not trained on, to find thresholds of abstention; None: those recorded in the bundle.
        against: Name or path of a bundle to compare with on the same rows.
        seeds: Bundles trained alike with other seeds, or results (`.json`) of such on the same data.

    Returns:
        The figures of `evaluate`; "slices"; "data" (path -> SHA-256), "bundle", "bundle_sha256" and "seed"; "abstention" where
        there are thresholds; and what was asked for of "contrast", "polarity", "against", "seeds", "robustness" and "actors".

    Raises:
        DataError: If a file cannot be used.
        BundleError: If a bundle cannot be used, knows other labels, or is given as another seed of itself.
    """
    labels, manifest = predictor.labels, predictor.bundle.manifest
    _check_others(predictor, data, columns, against, seeds)
    groups = [] if contrast is None else _groups(contrast, labels)
    readings = {} if polarity is None else _readings(polarity, labels)
    read = read_file(predictor, data, columns)
    articles = [row.article for row in read.rows]
    files = [data, *(path for path in (contrast, polarity, validation) if path is not None)]
    result: dict[str, Any] = {
        "bundle": manifest.name,
        "bundle_sha256": predictor.bundle.sha256,
        "seed": manifest.provenance.get("seed"),
        "data": {path.as_posix(): sha256_of(path) for path in files},
        "resamples": resamples,
        "unclear": read.unclear,
        **evaluate(read.probabilities, read.targets, labels, articles, resamples=resamples),
        "slices": slice_figures(read.predicted, read.rows, labels, resamples=resamples),
    }
    if contrast is not None:
        result["contrast"] = _contrast(predictor, groups)
    if polarity is not None:
        try:
            result["polarity"] = polarity_of_neutral(read, labels, readings, resamples=resamples)
        except DataError as error:
            raise DataError(f"{polarity}: {error}") from error
    thresholds = _thresholds(predictor, validation, columns)
    if thresholds:
        result["abstention"] = _abstention(thresholds, read)
    if against is not None:
        rival = Predictor.load(against)
        said = read_file(rival, data, columns).predicted
        found = compare(read.predicted, said, read.targets, labels, articles, resamples=resamples)
        result["against"] = {"bundle": rival.bundle.manifest.name, "bundle_sha256": rival.bundle.sha256, **found}
    if seeds:
        others = [_other_seed(predictor, path, data, columns, len(read.rows)) for path in seeds]
        result["seeds"] = spread([result, *others])
    if sample:
        from escalate.evaluation.actors import actor_invariance
        from escalate.evaluation.robustness import robustness

        result["robustness"] = robustness(predictor, read.rows, read.predicted, sample=sample, resamples=resamples)
        result["actors"] = actor_invariance(predictor, read.rows, sample=max(1, sample // 4), resamples=resamples)
    return result


def write_result(result: dict[str, Any], path: Path) -> None:
    """Write a result, whole or not at all.

    Args:
        result: What `suite` returned, with the command that repeats it.
        path: The JSON file; its folder is made where it is missing.

    Raises:
        DataError: If the file cannot be written.
    """
    content = json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False)
    with whole(path) as partial:
        partial.write_text(content + "\n", encoding="utf-8")


def _check_others(predictor: Predictor, data: Path, columns: Columns, against: str | None, seeds: Sequence[Path]) -> None:
    """Open the rival and the other seeds, so that one that cannot be used is found before the work."""
    labels = predictor.labels
    results = [path for path in seeds if path.suffix == ".json"]
    # Results of earlier versions do not name their bundle.
    known: dict[str | None, Path] = {predictor.bundle.sha256: predictor.bundle.path}
    if results:
        rows, sha256 = len(read_labelled(data, labels, columns)[0]), sha256_of(data)
        for path in results:
            _another(path, read_result(path, rows, sha256, labels).get("bundle_sha256"), known)
    for seed in (path for path in seeds if path not in results):
        _another(seed, _with_labels(seed, labels).sha256, known)
    if against is not None:
        _with_labels(against, labels)


def _with_labels(place: str | Path, labels: Sequence[str]) -> Bundle:
    other = load(place)
    if other.manifest.labels != tuple(labels):
        raise BundleError(f"{other.path}: labels {', '.join(other.manifest.labels)}, expected {', '.join(labels)}")
    return other


def _another(place: Path, sha256: str | None, known: dict[str | None, Path]) -> None:
    """Note a seed; one that is counted already would make the spread look smaller than it is."""
    if sha256 in known:
        raise BundleError(f"{place} is the bundle {known[sha256]} once more, and no other training seed; leave it out")
    if sha256 is not None:
        known[sha256] = place


def _other_seed(predictor: Predictor, path: Path, data: Path, columns: Columns, rows: int) -> dict[str, Any]:
    if path.suffix == ".json":
        return read_result(path, rows, sha256_of(data), predictor.labels)
    read = read_file(Predictor.load(path), data, columns)
    return evaluate(read.probabilities, read.targets, predictor.labels, [row.article for row in read.rows], resamples=1)


def _groups(path: Path, labels: Sequence[str]) -> list[Group]:
    from escalate.data.contrast import read_groups

    groups = read_groups(path)
    wanted = {sentence.label for group in groups for sentence in group.sentences}
    if not wanted <= set(labels):
        raise BundleError(
            f"{path} asks for the labels {', '.join(sorted(wanted))}, and the bundle has {', '.join(labels)}; leave it out"
        )
    return groups


def _readings(path: Path, labels: Sequence[str]) -> dict[str, float]:
    from escalate.data.polarity import read_polarity

    if missing := [label for label in LABELS if label not in labels]:
        raise BundleError(
            f"{path} is for the labels {', '.join(LABELS)}, and the bundle has no {', '.join(missing)}; leave it out"
        )
    return read_polarity(path)


def _contrast(predictor: Predictor, groups: Sequence[Group]) -> dict[str, Any]:
    from escalate.data.contrast import contrast_scores

    texts = [sentence.text for group in groups for sentence in group.sentences]
    return contrast_scores(groups, [found.label for found in predictor.predict(texts)])


def _thresholds(predictor: Predictor, validation: Path | None, columns: Columns) -> dict[str, float]:
    if validation is None:
        recorded: dict[str, float] = predictor.bundle.manifest.metrics.get("validation", {}).get("abstain_below", {})
        return recorded
    confidence = read_file(predictor, validation, columns).probabilities.max(axis=1)
    return {str(share): abstention_threshold(confidence, share) for share in COVERAGES}


def _abstention(thresholds: dict[str, float], read: Read) -> list[dict[str, float | None]]:
    sure, right = read.probabilities.max(axis=1), read.predicted == read.targets
    return [
        {
            "target": float(share),
            "abstain_below": threshold,
            "coverage": float(np.mean(sure >= threshold)),
            "accuracy": float(right[sure >= threshold].mean()) if (sure >= threshold).any() else None,
        }
        for share, threshold in thresholds.items()
    ]
