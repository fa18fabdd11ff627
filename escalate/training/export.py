"""Export a training run as a bundle: int8 ONNX, parity with the trained model, calibration, model card."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification

from escalate.bundle import LAYOUT, Bundle, Manifest, check_place, save, sha256_of
from escalate.calibration import softmax
from escalate.data.manifest import checked_hash
from escalate.errors import BundleError
from escalate.labels import CODEBOOK_VERSION, LABELS
from escalate.runtime.base import Tokenizer
from escalate.runtime.checkpoint import CheckpointRuntime
from escalate.runtime.onnx import OnnxRuntime
from escalate.training.card import model_card
from escalate.training.data import read_training_data
from escalate.training.network import known, network
from escalate.training.quantise import quantise
from escalate.training.run import CHECKPOINT, Run, read_run
from escalate.training.scaling import fitted

MIN_AGREEMENT: Final = 0.99
_TYPICAL: Final = 250
_COMPARED: Final = 500
# What ONNX Runtime's optimiser makes of a BERT; it breaks on layers in another order, which run unfused.
_LIKE_BERT: Final = ("bert", "deberta-v2", "distilbert", "electra", "roberta")

logger = logging.getLogger(__name__)


def export(
    run: Path, target: Path, *, codebook: Path = Path("data/CODEBOOK.md"), min_agreement: float = MIN_AGREEMENT
) -> Bundle:
    """Export a finished run.

    The scaling of the logits is fitted on the validation split with the exported model, and the exported model is compared
    there with the trained one, on training rows too where fewer than 500 rows validate.

    Args:
        run: Directory of a run as `train` leaves it.
        target: Directory of the bundle.
        codebook: The codebook that the labels follow; its hash goes into the manifest.
        min_agreement: The share of the labels that must be the same for the bundle to be written.

    Returns:
        The bundle.

    Raises:
        BundleError: If the run is not finished or of another version, the target holds anything but a bundle, or the exported
            model differs too much from the trained one.
        DataError: If a file of training or validation rows is not the one that the run was trained with, or the target cannot
            be written.
    """
    check_place(target)
    found = read_run(run)
    _same_rows(found)
    results, config = found.results, found.config
    data = read_training_data(config.data, config.seed)
    labels, rows = data.labels, data.validation
    if not rows:
        raise BundleError(f"{run} was trained without validation rows, which export needs; set data.validation_share: 0.1")
    targets = np.array([row.target for row in rows])
    with tempfile.TemporaryDirectory(prefix="escalate-") as folder:
        model = Path(folder) / LAYOUT.model
        tokenizer = Tokenizer(run / CHECKPOINT / LAYOUT.tokenizer, results["max_tokens"])
        # The training rows: what the export is judged by must not shape it.
        typical = [row.text for row in data.train[:: max(1, len(data.train) // _TYPICAL)]]
        _to_onnx(
            run / CHECKPOINT,
            model,
            [encoded.ids for encoded in tokenizer(typical)],
            config.model.table_bits,
            results["max_tokens"],
        )
        # So many texts that a single label does not decide: where few rows validate, training rows are compared as well.
        compared = [row.text for row in (*rows, *data.train[: max(0, _COMPARED - len(rows))])]
        tokens = [encoded.ids for encoded in tokenizer(compared)]
        exported = OnnxRuntime(model).logits(tokens)
        trained = CheckpointRuntime(run / CHECKPOINT).logits(tokens)
        scaling = fitted(exported[: len(rows)], targets, labels)
        parity = _parity(*(softmax(logits, scaling.temperature, scaling.bias) for logits in (exported, trained)))
        if parity["same_labels"] < min_agreement:
            raise BundleError(
                f"{run}: the exported model gives {parity['same_labels']:.2%} of the trained one's labels on "
                f"{len(compared)} texts, not {min_agreement:.0%}; train longer, for a model that is surer of its labels, or "
                "export with less agreement"
            )
        manifest = Manifest(
            name=config.name,
            labels=tuple(labels),
            prior=tuple(results["prior"]),
            max_tokens=results["max_tokens"],
            temperature=scaling.temperature,
            bias=scaling.bias,
            codebook=_codebook(labels, codebook),
            metrics={"validation": scaling.figures, "parity": parity},
            provenance={
                "base": results["base"],
                "config": config.model_dump(),
                "data": results["data"],
                "rows": results["rows"],
                "seed": config.seed,
                "versions": {**results["versions"], "onnxruntime": version("onnxruntime")},
            },
        )
        files: dict[str, Path | str] = {
            LAYOUT.model: model,
            LAYOUT.tokenizer: run / CHECKPOINT / LAYOUT.tokenizer,
            LAYOUT.card: model_card(manifest),
        }
        return save(manifest, files, target)


def _same_rows(run: Run) -> None:
    """Raise a BundleError if rows changed since the run."""
    # The training rows shape the export too: they show it how large activations become.
    for path in (*run.config.data.train, *run.config.data.validation):
        found = checked_hash(Path(path), allow_unlisted=True)
        if found != run.results["data"][path]:
            raise BundleError(f"{path} has changed since {run.path} was trained; train again")


def _to_onnx(checkpoint: Path, target: Path, token_ids: Sequence[Sequence[int]], table_bits: int, max_tokens: int) -> None:
    """Write the network for texts without padding, in int8; `token_ids` are typical texts."""
    model = AutoModelForSequenceClassification.from_pretrained(
        checkpoint, attn_implementation="eager", dtype=torch.float32
    ).eval()
    plain = target.with_suffix(".float32.onnx")
    if known(model):
        onnx.save(network(model, max_tokens), plain)
    else:
        _export_whole(model, plain)
    quantise(plain, target, token_ids, table_bits=table_bits)


def _export_whole(model: Any, target: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Logits(model),
            (torch.arange(12).reshape(1, 12),),
            str(target),
            input_names=["input_ids"],
            output_names=["logits"],
            dynamic_shapes={"input_ids": {1: torch.export.Dim("tokens", min=2, max=model.config.max_position_embeddings)}},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        if model.config.model_type in _LIKE_BERT:
            _fuse(target, model.config)


class _Logits(torch.nn.Module):
    """The network from token ids to logits; without a mask, since no text is padded."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.model(input_ids=input_ids).logits
        return logits


def _fuse(path: Path, config: Any) -> None:
    from onnxruntime.transformers.optimizer import optimize_model

    optimised = optimize_model(
        str(path), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size, opt_level=0
    )
    optimised.save_model_to_file(str(path))


def _parity(exported: NDArray[np.float64], trained: NDArray[np.float64]) -> dict[str, float]:
    return {
        "same_labels": float((exported.argmax(axis=1) == trained.argmax(axis=1)).mean()),
        "largest_probability_difference": float(np.abs(exported - trained).max()),
        "rows": len(exported),
    }


def _codebook(labels: Sequence[str], path: Path) -> dict[str, str]:
    if tuple(labels) != LABELS or not path.is_file():
        return {}
    return {"version": CODEBOOK_VERSION, "sha256": sha256_of(path)}
