"""The default runtime: ONNX Runtime on the CPU, one sentence at a time, several at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray


class OnnxRuntime:
    """Runs a bundle's ONNX file.

    Dynamic quantisation scales a tensor by its largest value, so in a padded batch a sentence's logits would depend on its
    company. Each sentence therefore runs alone, without padding, and the cores share the sentences.
    """

    name = "onnx"

    def __init__(self, model: Path, threads: int | None = None) -> None:
        """Load the network.

        Args:
            model: An ONNX file with the input `input_ids` (1, tokens) and the output `logits` (1, labels).
            threads: Sentences to run at once; None means the number of usable cores.
        """
        self._model = model.resolve()
        self._threads = threads or _usable_cores()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._labels = int(self._session.get_outputs()[0].shape[-1])
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
        if not token_ids:
            return np.zeros((0, self._labels), dtype=np.float32)
        if len(token_ids) == 1:
            return self._one(token_ids[0])
        return np.concatenate(list(self._workers().map(self._one, token_ids)))

    def _workers(self) -> ThreadPoolExecutor:
        # A forked process has the pool of its parent, but none of its threads: what is given to it would wait for ever.
        if self._process != os.getpid():
            self._pool, self._process = self._new_pool(), os.getpid()
        return self._pool

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="escalate")

    def _one(self, ids: Sequence[int]) -> NDArray[np.float32]:
        (logits,) = self._session.run(None, {"input_ids": np.asarray([ids], dtype=np.int64)})
        return np.asarray(logits, dtype=np.float32)


def _usable_cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
