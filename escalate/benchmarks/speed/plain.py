"""The usual ways to run the network that a bundle is made of: transformers.pipeline, and ONNX Runtime without our int8.

The checkpoint is the base encoder with an untrained head: it takes the time of a trained one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import onnx
import torch
from onnxruntime.quantization import quantize_dynamic
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from escalate.labels import LABELS
from escalate.model import find_checkpoint, load_classifier
from escalate.training.network import network

BATCHES: Final = (1, 8, 32)
"""The batch sizes that the pipeline may choose from."""

_WINDOW: Final = 256


def save_checkpoint(base: str, target: Path, seed: int) -> int:
    """Save a float32 classifier on a base encoder, with its tokenizer.

    Args:
        base: The base, as `find_checkpoint` takes it.
        target: The checkpoint's directory.
        seed: Of the head's weights.

    Returns:
        The window in tokens.
    """
    torch.manual_seed(seed)
    checkpoint = find_checkpoint(base)
    model: Any = load_classifier(checkpoint, LABELS)
    model.float().save_pretrained(target)
    AutoTokenizer.from_pretrained(checkpoint).save_pretrained(target)
    return min(_WINDOW, int(model.config.max_position_embeddings))


def load_pipeline(checkpoint: Path, window: int) -> Callable[[int, Sequence[str]], object]:
    """Load the pipeline.

    Args:
        checkpoint: A saved checkpoint.
        window: What is longer, in tokens, is cut.

    Returns:
        A function of batch size and texts.
    """
    # The pipeline would otherwise forbid everyone in this process to tokenise on several cores.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    classify: Any = pipeline("text-classification", model=str(checkpoint), device="cpu")

    def predict(batch_size: int, texts: Sequence[str]) -> object:
        return classify(list(texts), batch_size=batch_size, truncation=True, max_length=window)

    return predict


def write_networks(checkpoint: Path, folder: Path) -> dict[str, Path]:
    """Write the checkpoint's network to ONNX, in float32 and through ONNX Runtime's own quantisation.

    Args:
        checkpoint: A saved checkpoint.
        folder: Where the files go.

    Returns:
        Name -> file: "onnx-float32", and "onnx-plain-int8" with a scale for each column and weights of 7 bits.
    """
    files = {name: folder / f"{name}.onnx" for name in ("onnx-float32", "onnx-plain-int8")}
    model: Any = AutoModelForSequenceClassification.from_pretrained(checkpoint).eval()
    plain = network(model, model.config.max_position_embeddings)
    # The scales of plain int8 are found as it runs: texts read together would change each other's labels.
    for value in (*plain.graph.input, *plain.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(plain, files["onnx-float32"])
    quantize_dynamic(
        files["onnx-float32"],
        files["onnx-plain-int8"],
        per_channel=True,
        reduce_range=True,
        # Types are not inferred through the operators of ONNX Runtime's own.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    return files
