"""The default runtime: ONNX Runtime on the CPU, sentences of one length together, without padding."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

# A batch of so many tokens keeps the products near their peak, and what they pass on in the cache of a core.
_TOKENS: Final = 256


class OnnxRuntime:
    """Runs a bundle's ONNX file.

    Sentences of one length make a batch, so that no work goes into padding, and the cores share the batches. The scales of
    such a network are fixed, and what a sentence is told does not depend on its company. A network for one sentence at a time
    finds its scales as it runs: there each sentence is a batch.
    """

    name = "onnx"

    def __init__(self, model: Path, threads: int | None = None) -> None:
        """Load the network.

        Args:
            model: An ONNX file with the input `input_ids` (texts, tokens) and the output `logits` (texts, labels);
                the number of texts may be fixed to 1.
            threads: Batches to run at once; None means the number of usable cores.
        """
        self._model = model.resolve()
        self._threads = threads or _usable_cores()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._labels = int(self._session.get_outputs()[0].shape[-1])
        self._together = self._session.get_inputs()[0].shape[0] != 1
        self._pool = self._new_pool()
        self._process = os.getpid()

    def __reduce__(self) -> tuple[type[OnnxRuntime], tuple[Path, int]]:
        """Pickle as the way to load it: the file is read again where it is unpickled."""
        return type(self), (self._model, self._threads)

    def logits(self, token_ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Run the network.

        Args:
            token_ids: n texts as token ids.

        Returns:
            Logits of shape (n, number of labels), in the order given.
        """
        rows = np.empty((len(token_ids), self._labels), dtype=np.float32)
        batches = self._batches([len(ids) for ids in token_ids])
        run = map if len(batches) == 1 else self._workers().map
        for batch, found in zip(batches, run(lambda batch: self._run([token_ids[row] for row in batch]), batches), strict=True):
            rows[batch] = found
        return rows

    def _batches(self, lengths: Sequence[int]) -> list[list[int]]:
        """Return the rows of each batch, the longest texts first: no core is left with most of the work at the end."""
        if not self._together:
            return [[row] for row in range(len(lengths))]
        # All cores have a part in few texts, too.
        tokens = min(_TOKENS, sum(lengths) // self._threads)
        order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
        found = []
        for length, group in groupby(order, key=lengths.__getitem__):
            alike, size = list(group), max(1, tokens // max(1, length))
            found += [alike[start : start + size] for start in range(0, len(alike), size)]
        return found

    def _workers(self) -> ThreadPoolExecutor:
        # A forked process has the pool of its parent, but none of its threads: what is given to it would wait for ever.
        if self._process != os.getpid():
            self._pool, self._process = self._new_pool(), os.getpid()
        return self._pool

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="escalate")

    def _run(self, token_ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        (logits,) = self._session.run(None, {"input_ids": np.asarray(token_ids, dtype=np.int64)})
        return np.asarray(logits, dtype=np.float32)


def _usable_cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
