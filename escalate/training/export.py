"""Export a training run as a bundle: int8 ONNX, parity with the trained model, calibration, model card."""

from __future__ import annotations

import logging
import math
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
from escalate.data.labelled import LabelledText
from escalate.data.manifest import checked_hash
from escalate.errors import BundleError
from escalate.labels import CODEBOOK_VERSION, LABELS
from escalate.runtime.base import Tokenizer
from escalate.runtime.checkpoint import CheckpointRuntime
from escalate.runtime.onnx import OnnxRuntime
from escalate.training.card import model_card
from escalate.training.data import read_training_data
from escalate.training.exits import Exit, fit_exits, leaving
from escalate.training.network import known, network
from escalate.training.quantise import quantise
from escalate.training.run import CHECKPOINT, Run, read_run
from escalate.training.scaling import fitted

MIN_AGREEMENT: Final = 0.99
_TYPICAL: Final = 250
_COMPARED: Final = 500
_LEARNT: Final = 20_000
# What ONNX Runtime's optimiser makes of a BERT; it breaks on layers in another order, which run unfused.
_LIKE_BERT: Final = ("bert", "deberta-v2", "distilbert", "electra", "roberta")

logger = logging.getLogger(__name__)


def export(
    run: Path,
    target: Path,
    *,
    codebook: Path = Path("data/CODEBOOK.md"),
    min_agreement: float = MIN_AGREEMENT,
    exits: Sequence[int] = (),
) -> Bundle:
    """Export a finished run.

    Early exits learn from the training rows what the network says; the validation split decides how sure they must be. The
    scaling of the logits is fitted there with the exported model, and the exported model is compared there with the trained
    one, on training rows too where fewer than 500 rows validate.

    Args:
        run: Directory of a run as `train` leaves it.
        target: Directory of the bundle.
        codebook: The codebook that the labels follow; its hash goes into the manifest.
        min_agreement: The share of the labels that must be the same for the bundle to be written.
        exits: Layers of a BERT after which texts of which the network is sure may leave it (see `exits`), in rising order, 0
            for the embeddings; none for an empty one.

    Returns:
        The bundle.

    Raises:
        BundleError: If the run is not finished or of another version, the target holds anything but a bundle, the network has
            no such exits, or the exported model differs too much from the trained one.
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
        trained = _classifier(run / CHECKPOINT)
        _check_exits(trained, exits, run)
        # So many texts that a single label does not decide: where few rows validate, training rows are compared as well.
        compared = [row.text for row in (*rows, *data.train[: max(0, _COMPARED - len(rows))])]
        tokens = [encoded.ids for encoded in tokenizer(compared)]
        whole = CheckpointRuntime(run / CHECKPOINT).logits(tokens)
        heads: list[Exit] = []
        if exits:
            plain = fitted(whole[: len(rows)], targets, labels)
            bias = [plain.temperature * value for value in plain.bias]
            learnt = [encoded.ids for encoded in tokenizer(_spread(data.train, _LEARNT))]
            heads = fit_exits(trained, exits, learnt, tokens[: len(rows)], bias)
        # The training rows: but for the exits, what the export is judged by does not shape it.
        typical = [encoded.ids for encoded in tokenizer(_spread(data.train, _TYPICAL))]
        _to_onnx(trained, model, typical, config.model.table_bits, results["max_tokens"], heads)
        exported = OnnxRuntime(model).logits(tokens)
        scaling = fitted(exported[: len(rows)], targets, labels)
        parity = _parity(*(softmax(logits, scaling.temperature, scaling.bias) for logits in (exported, whole)))
        if parity["same_labels"] < min_agreement:
            raise BundleError(
                f"{run}: the exported model gives {parity['same_labels']:.2%} of the trained one's labels on "
                f"{len(compared)} texts, not {min_agreement:.0%}; train longer, for a model that is surer of its labels, or "
                "export without exits or with less agreement"
            )
        manifest = Manifest(
            name=config.name,
            labels=tuple(labels),
            prior=tuple(results["prior"]),
            max_tokens=results["max_tokens"],
            temperature=scaling.temperature,
            bias=scaling.bias,
            codebook=_codebook(labels, codebook),
            metrics={"validation": scaling.figures, "parity": parity, **_left(model, tokens[: len(rows)])},
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


def _spread(rows: Sequence[LabelledText], count: int) -> list[str]:
    """Return the texts of at most so many rows, from the first to the last."""
    return [row.text for row in rows[:: math.ceil(len(rows) / count)]]


def _classifier(checkpoint: Path) -> Any:
    return AutoModelForSequenceClassification.from_pretrained(
        checkpoint, attn_implementation="eager", dtype=torch.float32
    ).eval()


def _check_exits(model: Any, exits: Sequence[int], run: Path) -> None:
    if not exits:
        return
    layers = model.config.num_hidden_layers
    if not known(model) or list(exits) != sorted(set(exits)) or not 0 <= exits[0] <= exits[-1] < layers:
        raise BundleError(
            f"{run}: exits come after different layers of a BERT, in rising order, from 0 (the embeddings) to {layers - 1}; "
            f"this is {type(model).__name__}, and {', '.join(map(str, exits))} was asked for"
        )


def _left(model: Path, token_ids: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Return where texts leave an exported network with exits."""
    shares = leaving(model, token_ids)
    return {"exits": [{"after": layer, "share": share} for layer, share in shares.items()]} if shares else {}


def _to_onnx(
    model: Any, target: Path, token_ids: Sequence[Sequence[int]], table_bits: int, max_tokens: int, exits: Sequence[Exit]
) -> None:
    """Write the network for texts without padding, in int8; `token_ids` are typical texts."""
    plain = target.with_suffix(".float32.onnx")
    if known(model):
        onnx.save(network(model, max_tokens, exits), plain)
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
