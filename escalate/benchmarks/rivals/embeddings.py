"""Rivals on embeddings of the base encoder: a linear head on sentences' or on static ones, and the nearest codebook example."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from escalate.benchmarks.rivals.base import Aligned, Floats, Setting
from escalate.calibration import softmax
from escalate.errors import DataError
from escalate.labels import CODES, label_of
from escalate.model import BASE, find_checkpoint

_SHARPNESS: Final = 0.05
_ROW: Final = re.compile(r"^\| ([EDN]\d) \| (.+?) \|(?: (.+?) \|)?$", re.MULTILINE)


class SentenceEmbeddings:
    """The base as it is (sentence-transformers), with logistic regression on its embeddings."""

    def __init__(self, setting: Setting) -> None:
        """Load the base.

        Args:
            setting: Option `base`, a checkpoint.
        """
        self._encoder = _encoder(setting)
        self._head = _head(setting)

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn the head."""
        self._head.fit(_embedded(self._encoder, texts), targets)

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""
        return self._head.predict_proba(_embedded(self._encoder, texts))

    def save(self, folder: Path) -> None:
        """Write what prediction needs into a folder."""
        self._encoder.save(str(folder))
        _save_head(self._head, folder)


class StaticEmbeddings:
    """One vector a token, distilled from the base (model2vec), averaged, with logistic regression."""

    def __init__(self, setting: Setting) -> None:
        """Distil the vectors.

        Args:
            setting: Options `base` (a checkpoint) and `dimensions` (256).
        """
        import torch
        from model2vec.distill import distill

        random.seed(setting.seed)
        np.random.seed(setting.seed)
        torch.manual_seed(setting.seed)
        checkpoint = find_checkpoint(setting.option("base", BASE))
        self._vectors: Any = distill(str(checkpoint), pca_dims=setting.option("dimensions", 256), device="cpu")
        self._head = _head(setting)

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn the head."""
        self._head.fit(self._vectors.encode(list(texts)), targets)

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""
        return self._head.predict_proba(self._vectors.encode(list(texts)))

    def save(self, folder: Path) -> None:
        """Write what prediction needs into a folder."""
        self._vectors.save_pretrained(folder)
        _save_head(self._head, folder)


class NearestExample:
    """A text has the label of the codebook example that its embedding is nearest to; nothing is learnt."""

    def __init__(self, setting: Setting) -> None:
        """Embed the codebook.

        Args:
            setting: Options `base` (a checkpoint) and `codebook` (data/CODEBOOK.md).
        """
        self._encoder = _encoder(setting)
        examples = codebook_examples(Path(setting.option("codebook", "data/CODEBOOK.md")))
        self._examples = _embedded(self._encoder, [text for text, _ in examples])
        self._columns = [[i for i, (_, label) in enumerate(examples) if label == wanted] for wanted in setting.labels]

    def fit(self, texts: Sequence[str], targets: Sequence[int]) -> None:
        """Learn nothing."""

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text."""
        likeness = _embedded(self._encoder, texts) @ self._examples.T
        nearest = np.stack([likeness[:, columns].max(axis=1) for columns in self._columns], axis=1)
        return softmax(nearest / _SHARPNESS)


def _encoder(setting: Setting) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(find_checkpoint(setting.option("base", BASE))), device="cpu")


def _embedded(encoder: Any, texts: Sequence[str]) -> Floats:
    found = encoder.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(found, dtype=np.float64)


def _head(setting: Setting) -> Aligned:
    return Aligned(LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced"), setting.labels)


def _save_head(head: Aligned, folder: Path) -> None:
    learnt = head.classifier
    np.savez(folder / "head.npz", weights=learnt.coef_, bias=learnt.intercept_, classes=learnt.classes_)


def codebook_examples(path: Path) -> list[tuple[str, str]]:
    """Return what stands for each code in the codebook: its example, or its definition where it has none.

    Args:
        path: The codebook.

    Returns:
        Text and label, one pair a code.

    Raises:
        DataError: If the file cannot be read or a code is missing.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    found = {code: example or what for code, what, example in _ROW.findall(content)}
    if missing := [code for code in CODES if code not in found]:
        raise DataError(f"{path}: no table row for code {', '.join(missing)}")
    return [(text, label_of(code)) for code, text in found.items()]
