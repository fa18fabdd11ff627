"""Predict: a sentence, many sentences, a stream, an article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from escalate.document import ArticlePrediction, Prediction, SentencePrediction
from escalate.labels import NEUTRAL

if TYPE_CHECKING:
    import datetime
    import os
    from pathlib import Path

    from escalate.bundle import Bundle
    from escalate.runtime.base import Runtime, Tokenizer

# What is heavy (numpy, onnxruntime, tokenizers) is imported when a predictor is loaded: `import escalate` stays cheap.

_DEFAULT_BATCH = 1024

Backend: TypeAlias = Literal["onnx", "torch"]


class Predictor:
    """A loaded model. Safe to share between threads and with forked processes; pickled, it loads its files again."""

    def __init__(self, bundle: Bundle, runtime: Runtime, tokenizer: Tokenizer, *, abstain_below: float | None = None) -> None:
        """Put a predictor together; `Predictor.load` is the usual way.

        Args:
            bundle: Labels, calibration and provenance.
            runtime: Runs the network.
            tokenizer: The tokenizer that the network was trained with.
            abstain_below: Predictions less confident than this are flagged `abstained`; None flags none.
        """
        self.abstain_below = abstain_below
        self.bundle = bundle
        self.runtime = runtime
        self._tokenizer = tokenizer

    @classmethod
    def load(
        cls,
        bundle: str | os.PathLike[str] = "small",
        *,
        threads: int | None = None,
        abstain_below: float | None = None,
        backend: Backend = "onnx",
        device: str = "auto",
    ) -> Predictor:
        """Load a model bundle; nothing is fetched from anywhere.

        Args:
            bundle: Name of a bundle in the package, or path of a bundle directory. A name stands for the bundle in the package
                whatever lies in the working directory; "./small" is the directory.
            threads: Batches to run at once; None means the number of usable cores. Results do not depend on it. With
                torch on a CPU, torch's threads in the whole process; None leaves them as they are.
            abstain_below: Predictions whose confidence lies below it carry `abstained`; label and probabilities stay. Between 0
                and 1; `calibration.abstention_threshold` finds it for a share of sentences to answer. None: never abstain.
            backend: "onnx", ONNX Runtime on the CPU; or "torch", the same network for a GPU ([train] extra). There activations
                are not rounded to 8 bits: a probability differs by up to some 0.06, a label in one of some three hundred
                sentences. Texts of one length make a batch, so give `predict` and `iter` a large `batch_size`, such as 8192.
            device: For torch: "cpu", "cuda", "cuda:1" or "mps"; "auto" takes a GPU where there is one.

        Returns:
            The predictor.

        Raises:
            BundleError: If the bundle is missing, incomplete or changed, or torch cannot run its network.
            MissingExtraError: If torch or onnx is asked for and not installed.
            ValueError: If `threads` is not positive, `abstain_below` does not lie between 0 and 1, or there is no such backend
                or device.
        """
        from escalate.bundle import load
        from escalate.runtime.base import Tokenizer

        if threads is not None and threads < 1:
            raise ValueError(f"threads must be a positive number or None, not {threads}")
        if abstain_below is not None and not 0 <= abstain_below <= 1:
            raise ValueError(f"abstain_below must lie between 0 and 1 or be None, not {abstain_below}")
        checked = load(bundle)
        tokenizer = Tokenizer(checked.tokenizer, checked.manifest.max_tokens)
        return cls(checked, _runtime(checked.model, threads, backend, device), tokenizer, abstain_below=abstain_below)

    def on(self, runtime: Runtime) -> Predictor:
        """Return a predictor with the same bundle, tokenizer and threshold that runs the network elsewhere.

        Args:
            runtime: Runs the same network, such as one that batches the work of many threads.

        Returns:
            The other predictor.
        """
        return Predictor(self.bundle, runtime, self._tokenizer, abstain_below=self.abstain_below)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the model's outputs."""
        return self.bundle.manifest.labels

    @overload
    def predict(self, texts: str, *, batch_size: int = ...) -> Prediction: ...  # type: ignore[overload-overlap]

    @overload
    def predict(self, texts: Iterable[str], *, batch_size: int = ...) -> list[Prediction]: ...

    def predict(self, texts: str | Iterable[str], *, batch_size: int = _DEFAULT_BATCH) -> Prediction | list[Prediction]:
        """Read one sentence or many.

        Args:
            texts: A string, or any iterable of strings; a column of pandas, Polars or Arrow is one.
            batch_size: How many texts are taken in hand at once: bounds the memory, never changes a result.

        Returns:
            A `Prediction` for a string; a list of them, in the same order, for an iterable.

        Raises:
            TypeError: If something other than a string is among the texts; the message names its position.
            ValueError: If `batch_size` is not positive.
        """
        _check_size(batch_size)
        if isinstance(texts, str):
            return self._batch([texts])[0]
        return list(self.iter(texts, batch_size=batch_size))

    def iter(self, texts: Iterable[str], *, batch_size: int = _DEFAULT_BATCH) -> Iterator[Prediction]:
        """Read a stream, possibly endless, in bounded memory.

        Args:
            texts: Any iterable of strings, such as a generator.
            batch_size: How many texts are taken in hand at once; the first prediction comes after that many are read.

        Returns:
            An iterator over one `Prediction` a text, in order.

        Raises:
            TypeError: If `texts` is no iterable of strings; an element that is no string raises when it is reached, after the
                predictions of all before it, as does what the iterable itself raises.
            ValueError: If `batch_size` is not positive.
        """
        if hasattr(type(texts), "columns"):
            raise TypeError(f"expected one column of strings, not a {type(texts).__name__}; choose one, as in table['text']")
        if isinstance(texts, (str, bytes, bytearray, Mapping)) or not isinstance(texts, Iterable):
            raise TypeError(f"expected an iterable of strings, not {type(texts).__name__}")
        _check_size(batch_size)
        return self._stream(_batches(_values(texts, batch_size), batch_size))

    def _stream(self, batches: Iterator[list[str]]) -> Iterator[Prediction]:
        for batch in batches:
            yield from self._batch(batch)

    def article(self, text: str, date: str | datetime.date | None = None, title: str | None = None) -> ArticlePrediction:
        """Read an article sentence by sentence.

        Args:
            text: The article. An ISO date at the start of its first line is taken as its date and not read as text.
            date: Day of the article, as an ISO date or a `datetime.date`; wins over one found in the text. A `datetime` stands
                for the day that is written in it, whatever its time zone.
            title: Headline, kept with the result but not read as a sentence.

        Returns:
            The sentences with offsets into `text`, their labels, and what follows for the article.

        Raises:
            TypeError: If the text is no string, or the date neither a string nor a date.
            ValueError: If `date` is no day written as YYYY-MM-DD.
        """
        from datetime import date as calendar

        from escalate.language import foreign_language
        from escalate.text import iso_day, sentences, split_date_line

        if not isinstance(text, str):
            raise TypeError(f"an article must be a str, not {type(text).__name__}")
        if isinstance(date, calendar):
            date = date.isoformat()[:10]
        if not isinstance(date, (str, type(None))):
            raise TypeError(f"a date must be a str or a datetime.date, not {type(date).__name__}")
        if date is not None:
            iso_day(date)
        found, start = split_date_line(text)
        spans = sentences(text, start)
        predictions = self.predict([text[span.start : span.end] for span in spans])
        return ArticlePrediction(
            sentences=tuple(
                SentencePrediction(
                    text=prediction.text,
                    label=prediction.label,
                    probabilities=prediction.probabilities,
                    truncated=prediction.truncated,
                    empty=prediction.empty,
                    abstained=prediction.abstained,
                    start=span.start,
                    end=span.end,
                )
                for span, prediction in zip(spans, predictions, strict=True)
            ),
            labels=self.labels,
            date=date or found,
            title=title,
            language=foreign_language(text[start:]),
        )

    def _batch(self, texts: list[str]) -> list[Prediction]:
        from escalate.calibration import softmax

        tokens = self._tokenizer(texts)
        readable = [row for row, encoded in enumerate(tokens) if not encoded.empty]
        logits = self.runtime.logits([tokens[row].ids for row in readable])
        manifest = self.bundle.manifest
        probabilities = softmax(logits, manifest.temperature, manifest.bias)
        by_row = dict(zip(readable, probabilities.tolist(), strict=True))
        return [
            self._prediction(text, by_row.get(row), truncated=encoded.truncated)
            for row, (text, encoded) in enumerate(zip(texts, tokens, strict=True))
        ]

    def _prediction(self, text: str, row: list[float] | None, *, truncated: bool) -> Prediction:
        values = list(self.bundle.manifest.prior) if row is None else row
        label = self.labels[values.index(max(values))]
        if row is None and NEUTRAL in self.labels:
            label = NEUTRAL  # nothing said is no signal, however the prior stands
        probabilities = dict(zip(self.labels, values, strict=True))
        return Prediction(
            text=text,
            label=label,
            probabilities=probabilities,
            truncated=truncated,
            empty=row is None,
            abstained=self.abstain_below is not None and probabilities[label] < self.abstain_below,
        )


def _check_size(batch_size: int) -> None:
    if batch_size < 1:
        raise ValueError(f"batch_size must be positive, not {batch_size}")


def _runtime(model: Path, threads: int | None, backend: Backend, device: str) -> Runtime:
    if backend == "onnx":
        from escalate.runtime.onnx import OnnxRuntime

        if device not in ("auto", "cpu"):
            raise ValueError(f"the onnx backend runs on the CPU, not on {device!r}; backend='torch' runs on a GPU")
        return OnnxRuntime(model, threads)
    if backend == "torch":
        from escalate.errors import require

        require("train", "torch", "onnx")
        from escalate.runtime.torch import TorchRuntime

        return TorchRuntime(model, device, threads)
    raise ValueError(f"backend must be 'onnx' or 'torch', not {backend!r}")


def _values(texts: Iterable[str], batch_size: int) -> Iterator[str]:
    # Only Arrow's columns have both: iterated, they would give scalars of their own; slices of them copy nothing.
    if not (hasattr(texts, "to_pylist") and hasattr(texts, "slice")):
        yield from texts
        return
    start = 0
    while part := texts.slice(start, batch_size).to_pylist():
        yield from part
        start += batch_size


def _batches(texts: Iterator[str], size: int) -> Iterator[list[str]]:
    batch: list[str] = []
    try:
        for position, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(f"texts[{position}] is {text!r:.60} ({type(text).__name__}); every text must be a str")
            batch.append(text)
            if len(batch) == size:
                yield batch
                batch = []
    except Exception:
        if batch:
            yield batch  # what was read before is not lost
        raise
    if batch:
        yield batch


@lru_cache(maxsize=1)
def _default() -> Predictor:
    return Predictor.load()


@overload
def predict(texts: str) -> Prediction: ...  # type: ignore[overload-overlap]


@overload
def predict(texts: Iterable[str]) -> list[Prediction]: ...


def predict(texts: str | Iterable[str]) -> Prediction | list[Prediction]:
    """Read one sentence or many with the bundled model, which is loaded at the first call.

    Args:
        texts: A string, or any iterable of strings.

    Returns:
        A `Prediction` for a string; a list of them, in the same order, for an iterable.
    """
    return _default().predict(texts)


def article(text: str, date: str | datetime.date | None = None, title: str | None = None) -> ArticlePrediction:
    """Read an article sentence by sentence with the bundled model; see `Predictor.article`.

    Args:
        text: The article.
        date: Day of the article.
        title: Headline.

    Returns:
        The sentences with offsets into `text`, their labels, and what follows for the article.
    """
    return _default().article(text, date, title)
