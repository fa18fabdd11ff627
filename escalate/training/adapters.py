"""Low-rank adapters by peft: put on before training, merged into the weights after it."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedModel

from escalate.errors import ConfigError, require
from escalate.training.layers import layers_of
from escalate.training.sections import LoraConfig


def with_adapters(model: PreTrainedModel, config: LoraConfig) -> Any:
    """Freeze a model but for adapters of its linear layers (Hu et al., 2022) and for its head.

    Args:
        model: A classifier.
        config: The configuration's section.

    Returns:
        The model wrapped by peft.

    Raises:
        ConfigError: If the model has no such layers.
        MissingExtraError: If peft is not installed.
    """
    require("lora", "peft")
    import peft
    import torch

    if config.targets is None:
        layers = layers_of(model)
        inside = {id(module) for module in layers.modules() if isinstance(module, torch.nn.Linear)}
        targets = [name for name, module in model.named_modules() if id(module) in inside]
    else:
        targets = config.targets
    settings = peft.LoraConfig(
        task_type=peft.TaskType.SEQ_CLS,
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        target_modules=targets,
        modules_to_save=_head(model),
    )
    try:
        return peft.get_peft_model(model, settings)
    except ValueError as error:
        raise ConfigError(f"lora.targets: {', '.join(targets)} cannot be adapted: {error}") from error


def merged(model: Any) -> PreTrainedModel:
    """Return the plain model with the adapters added to its weights.

    Args:
        model: What `with_adapters` returned.

    Returns:
        A model that loads without peft.
    """
    plain: PreTrainedModel = model.merge_and_unload()
    return plain


def _head(model: PreTrainedModel) -> list[str]:
    """Return the parts above the layers: those outside the encoder, and its pooler."""
    children = [*model.named_children(), *((n, m) for n, m in model.base_model.named_children() if n == "pooler")]
    return [name for name, module in children if module is not model.base_model and any(True for _ in module.parameters())]
