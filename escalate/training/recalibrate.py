"""A bundle with the same network, calibrated on other sentences: those of a user's own beat, whose mix of labels differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from escalate.bundle import LAYOUT, Bundle, check_place, save, sha256_of
from escalate.data.labelled import OWN, Columns, read_labelled
from escalate.errors import BundleError, DataError
from escalate.runtime.base import Tokenizer
from escalate.runtime.onnx import OnnxRuntime
from escalate.training.card import model_card
from escalate.training.scaling import fitted


def recalibrate(bundle: Bundle, data: Sequence[Path], target: Path, *, columns: Columns = OWN) -> Bundle:
    """Fit temperature, bias and the thresholds of abstention anew; the network stays as it is.

    Args:
        bundle: The bundle.
        data: Files as `read_labelled` takes them, with the bundle's labels; some hundreds of rows that neither the model was
            trained on nor it will be judged by.
        target: Directory of the new bundle.
        columns: Where text and label stand.

    Returns:
        The new bundle. Its manifest names the files under "calibration" and has the figures of their rows.

    Raises:
        DataError: If a file does not fit, holds no readable text, or the bundle cannot be written.
        BundleError: If the target holds anything but a bundle, or an older version exported the bundle.
    """
    check_place(target)
    manifest = bundle.manifest
    if "rows" not in manifest.provenance:
        raise BundleError(f"{bundle.path} does not say how many rows it was trained on; export it again with this version")
    rows = [row for path in data for row in read_labelled(path, manifest.labels, columns)[0]]
    tokens = Tokenizer(bundle.tokenizer, manifest.max_tokens)([row.text for row in rows])
    readable = [place for place, encoded in enumerate(tokens) if not encoded.empty]
    if not readable:
        raise DataError(f"{', '.join(map(str, data))}: no text that can be read")
    logits = OnnxRuntime(bundle.model).logits([tokens[place].ids for place in readable])
    found = fitted(logits, np.array([rows[place].target for place in readable]), manifest.labels)
    calibration = {"bundle": bundle.sha256, "rows": len(readable), "data": {path.as_posix(): sha256_of(path) for path in data}}
    new = replace(
        manifest,
        temperature=found.temperature,
        bias=found.bias,
        metrics={**manifest.metrics, "validation": found.figures},
        provenance={**manifest.provenance, "calibration": calibration},
    )
    files: dict[str, Path | str] = {
        LAYOUT.model: bundle.model,
        LAYOUT.tokenizer: bundle.tokenizer,
        LAYOUT.card: model_card(new),
    }
    return save(new, files, target)
