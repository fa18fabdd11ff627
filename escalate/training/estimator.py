"""A scikit-learn estimator over the project's own trainer."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Real
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from escalate.calibration import softmax
from escalate.data.schema import write_jsonl
from escalate.errors import ConfigError, DataError
from escalate.model import BASE
from escalate.text import normalise
from escalate.training.config import TrainConfig, configured

_OWN: Final = (
    "output", "data.train", "data.validation", "data.labels", "data.text_column", "data.label_column", "data.allow_unlisted",
)  # fmt: skip
"""Keys that follow from what `fit` is given."""


class EscalationClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fine-tunes an encoder on texts and labels: `fit`, `predict`, `predict_proba`, in pipelines, searches and validation.

    Attributes:
        classes_: The labels in alphabetical order, shape (k,).
    """

    def __init__(
        self,
        base: str = BASE,
        *,
        epochs: int = 3,
        learning_rate: float = 1e-4,
        batch_size: int = 16,
        max_tokens: int = 256,
        class_weights: float = 0.5,
        label_smoothing: float = 0.1,
        validation_share: float = 0.0,
        random_state: int = 13,
        threads: int | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Take the settings; they are checked by `fit`.

        Args:
            base: The encoder: a hub name, a path, or a bundle such as "small", which knows news already.
            epochs: Number of passes over the texts; the most, where some are set aside.
            learning_rate: The highest learning rate.
            batch_size: Texts of a batch.
            max_tokens: The window in tokens; longer texts are cut.
            class_weights: 0 where every text counts the same, 1 where every class does, and anything between.
            label_smoothing: Share of probability spread over the other labels.
            validation_share: Share of the texts set aside to choose the epoch; 0 takes the last epoch.
            random_state: Seed of initialisation and order, a whole number.
            threads: Number of torch threads; None for torch's own choice.
            settings: Further keys of a training configuration, such as {"optimisation.r_drop": 1.0}; they win. Where
                the data lie and what they are called is the estimator's own.
        """
        self.base = base
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_tokens = max_tokens
        self.class_weights = class_weights
        self.label_smoothing = label_smoothing
        self.validation_share = validation_share
        self.random_state = random_state
        self.threads = threads
        self.settings = settings

    def fit(self, X: Sequence[str], y: ArrayLike) -> EscalationClassifier:  # noqa: N803
        """Learn; the generators of random numbers and torch's threads are left as they were.

        Args:
            X: n texts that are not blank: a list, an array or a column.
            y: n labels, texts or numbers, two different ones at least.

        Returns:
            The estimator itself.

        Raises:
            DataError: If texts and labels do not fit.
            ConfigError: If a setting cannot be used.
        """
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        from escalate.training.train import CHECKPOINT, train

        texts, labels = _texts(X), _labels(y)
        if labels.shape != (len(texts),):
            raise DataError(f"y has the shape {labels.shape}, expected ({len(texts)},): one label for each text")
        blank = [number for number, text in enumerate(texts) if not normalise(text)]
        if blank:
            raise DataError(f"X[{blank[0]}] is blank; leave blank texts out of training")
        self.classes_, targets = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(f"y holds the classes {self.classes_.tolist()}; training needs two or more")
        with tempfile.TemporaryDirectory(prefix="escalate-") as folder:
            file = Path(folder) / "train.jsonl"
            rows = zip(texts, targets, strict=True)
            write_jsonl(file, ({"text": normalise(text), "label": str(target)} for text, target in rows))
            config = self._config(file, Path(folder) / "run")
            with _undisturbed():
                run = train(config)
            self.model_ = AutoModelForSequenceClassification.from_pretrained(run / CHECKPOINT).eval()
            self.tokenizer_ = AutoTokenizer.from_pretrained(run / CHECKPOINT)
        return self

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:  # noqa: N803
        """Return the probabilities of the labels, not calibrated.

        Args:
            X: n texts.

        Returns:
            Shape (n, k), columns in the order of `classes_`.

        Raises:
            NotFittedError: If `fit` was not called.
        """
        from escalate.training.inference import classify

        check_is_fitted(self)
        return np.asarray(softmax(classify(self.model_, self.tokenizer_, _texts(X), self.tokenizer_.model_max_length)))

    def predict(self, X: Sequence[str]) -> NDArray[Any]:  # noqa: N803
        """Return the likeliest labels.

        Args:
            X: n texts.

        Returns:
            Shape (n,).

        Raises:
            NotFittedError: If `fit` was not called.
        """
        places = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[places])

    def __sklearn_tags__(self) -> Any:
        """Say that the estimator takes texts."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.non_deterministic = False
        return tags

    def _config(self, file: Path, output: Path) -> TrainConfig:
        settings: dict[str, Any] = {
            "output": str(output),
            "seed": self.random_state,
            "model.base": self.base,
            "model.max_tokens": self.max_tokens,
            "data.train": [str(file)],
            "data.validation": [],
            "data.validation_share": self.validation_share,
            "data.labels": [str(number) for number in range(len(self.classes_))],
            "data.allow_unlisted": True,
            "optimisation.epochs": self.epochs,
            "optimisation.learning_rate": self.learning_rate,
            "optimisation.batch_size": self.batch_size,
            "optimisation.class_weights": self.class_weights,
            "optimisation.label_smoothing": self.label_smoothing,
            "optimisation.threads": self.threads,
        }
        own = [key for key in self.settings or {} if any(f"{name}.".startswith(f"{key}.") for name in _OWN)]
        if own:
            raise ConfigError(f"EscalationClassifier: settings: {', '.join(own)} follows from what fit is given; leave it out")
        given = {**settings, **(self.settings or {})}
        # Searches draw from NumPy's ranges; a configuration takes Python's own numbers.
        plain = {key: value.item() if isinstance(value, np.generic) else value for key, value in given.items()}
        return configured(plain, "EscalationClassifier")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put the generators of random numbers and the number of torch's threads back where they were."""
    import torch

    python, numpy, threads = random.getstate(), np.random.get_state(), torch.get_num_threads()
    with torch.random.fork_rng(range(torch.cuda.device_count())):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
            torch.set_num_threads(threads)


def _texts(values: Any) -> list[str]:
    """Return texts as a list; a table of one column is taken, a single string is not."""
    if isinstance(values, str):
        raise DataError("X is one string; give a list of texts")
    shape = tuple(getattr(values, "shape", ()))
    if np.prod(shape[1:]) != 1:
        raise DataError(f"X has the shape {shape}; give one column of texts")
    texts = list(np.asarray(values, dtype=object).reshape(len(values)) if hasattr(values, "shape") else values)
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"X[{number}] is {type(text).__name__}, expected a text")
    return texts


def _labels(values: ArrayLike) -> NDArray[Any]:
    """Return labels as an array; one that is missing is refused before the array turns it into a label "nan"."""
    given = np.asarray(values, dtype=object).ravel()
    for number, label in enumerate(given):
        if not isinstance(label, str | np.bool_ | Real) or label != label:
            raise DataError(f"y[{number}] is {label!r}, expected a label; leave rows without one out of training")
        if isinstance(label, str) != isinstance(given[0], str):
            raise DataError(f"y[{number}] is {label!r} and y[0] {given[0]!r}: labels are either texts or numbers")
    return np.asarray(values)
