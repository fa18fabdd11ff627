"""What teachers say of the texts that a student learns from: computed once, kept beside the run."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from escalate.bundle import LAYOUT, is_bundle, load, sha256_of
from escalate.calibration import softmax
from escalate.errors import BundleError
from escalate.training.run import CHECKPOINT
from escalate.training.sections import DistillationConfig

_WEIGHTS: Final = "model.safetensors"

Floats = NDArray[np.float32]
logger = logging.getLogger(__name__)


def teach(
    texts: Sequence[str],
    config: DistillationConfig,
    labels: Sequence[str],
    max_tokens: int,
    kept: Path,
    precision: str | None = None,
) -> tuple[Floats, dict[str, str]]:
    """Ask the teachers (Hinton et al., 2015); the probabilities of several are averaged (Lakshminarayanan et al., 2017).

    Args:
        texts: n texts.
        config: The configuration's section.
        labels: The student's labels in the order of its outputs.
        max_tokens: The window in tokens that checkpoints read; a bundle has its own.
        kept: Directory for the logits of each teacher; what lies there of the same teacher and texts is not computed again.
        precision: "bf16" or "fp16" for checkpoints that read in it, None for float32; bundles have their own.

    Returns:
        Probabilities of shape (n, labels) at the section's temperature, and SHA-256 of each teacher's weights.

    Raises:
        BundleError: If a teacher cannot be found or loaded, or has other labels.
    """
    kept.mkdir(parents=True, exist_ok=True)
    digest = sha256("\0".join(texts).encode(errors="surrogatepass")).hexdigest()
    mean = np.zeros((len(texts), len(labels)))
    hashes = {}
    for name in config.teachers:
        teacher = _find(name)
        hashes[name] = teacher_hash(name)
        key = {"teacher": hashes[name], "texts": digest, "labels": "\0".join(labels), "max_tokens": str(max_tokens)}
        key["precision"] = str(precision)
        file = kept / f"{sha256(json.dumps(key).encode()).hexdigest()[:16]}.safetensors"
        logits = _kept(file, key)
        if logits is None:
            logger.info("teacher %s reads %d texts", name, len(texts))
            logits = _logits(teacher, texts, labels, max_tokens, precision)
            staging = file.with_suffix(f".{os.getpid()}")
            save_file({"logits": logits}, staging, key)
            staging.replace(file)
        mean += softmax(logits, config.temperature) / len(config.teachers)
    return mean.astype(np.float32), hashes


def teacher_hash(name: str) -> str:
    """Return the SHA-256 of a teacher's weights.

    Args:
        name: A run, a checkpoint or a bundle.

    Returns:
        The hash in hexadecimal; for a bundle that of its manifest, which has the hashes of its files, and its scaling.

    Raises:
        BundleError: If there is no such teacher.
    """
    teacher = _find(name)
    return sha256_of(teacher / (LAYOUT.manifest if _is_bundle(teacher) else _WEIGHTS))


def _find(name: str) -> Path:
    """Return the directory of a bundle, a run's checkpoint or a checkpoint."""
    if is_bundle(name):
        return load(name).path
    for path in (Path(name) / CHECKPOINT, Path(name)):
        if (path / _WEIGHTS).is_file():
            return path
    raise BundleError(f"no teacher {name!r}: it is neither a finished run, nor a checkpoint, nor a bundle; train it first")


def _is_bundle(path: Path) -> bool:
    return (path / LAYOUT.manifest).is_file()


def _kept(path: Path, key: dict[str, str]) -> Floats | None:
    if not path.is_file():
        return None
    try:
        with safe_open(path, "numpy") as file:
            logits: Floats = file.get_tensor("logits")
            return logits if file.metadata() == key else None
    except SafetensorError as error:
        raise BundleError(f"{path}: cannot be read ({error}); remove it, and the teacher is asked again") from error


def _logits(teacher: Path, texts: Sequence[str], labels: Sequence[str], max_tokens: int, precision: str | None) -> Floats:
    """Run a teacher; its outputs in the order of the student's labels."""
    if _is_bundle(teacher):
        from escalate.runtime.base import Tokenizer
        from escalate.runtime.onnx import OnnxRuntime

        bundle = load(teacher)
        own = list(bundle.manifest.labels)
        places = _places(teacher, own, labels)
        tokens = Tokenizer(bundle.tokenizer, bundle.manifest.max_tokens)(list(texts))
        found = OnnxRuntime(bundle.model).logits([encoded.ids for encoded in tokens]) / bundle.manifest.temperature
        found += np.asarray(bundle.manifest.bias or 0.0, dtype=np.float32)
    else:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        from escalate.training.inference import classify

        model = AutoModelForSequenceClassification.from_pretrained(teacher)
        own = [model.config.id2label[number] for number in range(model.config.num_labels)]
        places = _places(teacher, own, labels)
        found = classify(model, AutoTokenizer.from_pretrained(teacher), texts, max_tokens, precision)
    return np.ascontiguousarray(found[:, places], dtype=np.float32)


def _places(teacher: Path, own: Sequence[str], labels: Sequence[str]) -> list[int]:
    if sorted(own) != sorted(labels):
        raise BundleError(f"{teacher}: a teacher of {', '.join(own)} cannot teach {', '.join(labels)}")
    return [own.index(label) for label in labels]
