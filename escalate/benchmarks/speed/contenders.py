"""What runs in the speed benchmark: name, predictor, size on disk and, where it is known, quality."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from escalate.benchmarks.config import RivalConfig
from escalate.benchmarks.rivals import RIVALS
from escalate.benchmarks.rivals.base import Savable, Setting
from escalate.benchmarks.speed.plain import write_networks
from escalate.benchmarks.speed.quality import of_bundle, of_rival
from escalate.benchmarks.speed.timing import Predict
from escalate.bundle import LAYOUT, SHIPPED
from escalate.data.labelled import read_labelled
from escalate.labels import LABELS
from escalate.predict import Predictor
from escalate.runtime.base import Tokenizer
from escalate.runtime.onnx import OnnxRuntime

_TRAINING_ROWS: Final = 400


@dataclass(frozen=True)
class Contender:
    """A way to classify sentences.

    Attributes:
        predict: Classifies texts, tokenising included.
        bytes: What it needs on disk; None if it cannot be saved.
        quality: "macro_f1" and the "split" it was measured on; None if that is not known.
        sha256: Hash of the bundle, if it is one.
    """

    predict: Predict
    bytes: int | None
    quality: dict[str, Any] | None = None
    sha256: str | None = None


def of_networks(checkpoint: Path, window: int, folder: Path) -> Iterator[tuple[str, Contender]]:
    """Yield the plain exports of a checkpoint, which read one sentence a core at a time; see `plain.write_networks`."""
    tokenizer = Tokenizer(checkpoint / LAYOUT.tokenizer, window)
    for name, file in write_networks(checkpoint, folder).items():
        size = file.stat().st_size + (checkpoint / LAYOUT.tokenizer).stat().st_size
        yield name, Contender(partial(_run, tokenizer, OnnxRuntime(file)), size)


def of_rivals(rivals: Sequence[RivalConfig], train: Path, seed: int, folder: Path) -> Iterator[tuple[str, Contender]]:
    """Yield rivals that have learnt from a few hundred rows: enough for their speed, not for their quality.

    Args:
        rivals: The rivals.
        train: A file of labelled texts.
        seed: Draws the rows, and is the rivals' own.
        folder: Where they are saved, to see how large they are.

    Yields:
        Name and contender.
    """
    rows, _ = read_labelled(train, LABELS)
    rows = random.Random(seed).sample(rows, min(_TRAINING_ROWS, len(rows)))
    for rival in rivals:
        classifier = RIVALS[rival.method].make(Setting(LABELS, seed, rival.options))
        classifier.fit([row.text for row in rows], [row.target for row in rows])
        place = folder / rival.title
        if isinstance(classifier, Savable):
            place.mkdir()
            classifier.save(place)
        yield rival.title, Contender(classifier.predict_proba, size_of(place) or None, of_rival(rival.title))


def of_bundles(bundles: Sequence[str] | None) -> Iterator[tuple[str, Contender]]:
    """Yield bundles through `Predictor.predict`.

    Args:
        bundles: Names or paths; None for all that are shipped.

    Yields:
        Name or path as given, and contender.
    """
    shipped = sorted(path.parent.name for path in SHIPPED.glob(f"*/{LAYOUT.manifest}"))
    for name in shipped if bundles is None else bundles:
        predictor = Predictor.load(name)
        bundle = predictor.bundle
        yield name, Contender(predictor.predict, size_of(bundle.path), of_bundle(bundle), bundle.sha256)


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _run(tokenizer: Tokenizer, runtime: OnnxRuntime, texts: Sequence[str]) -> object:
    return runtime.logits([encoded.ids for encoded in tokenizer(texts)])
