"""The layers of an encoder: where they are, fewer of them, and learning rates that fall towards the lowest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

from escalate.errors import ConfigError


def layers_of(model: PreTrainedModel) -> torch.nn.ModuleList:
    """Return the layers of an encoder, whatever its architecture calls them.

    Args:
        model: A model whose configuration counts its layers.

    Returns:
        The list that the model itself runs through.

    Raises:
        ConfigError: If there is no such list.
    """
    for module in model.base_model.modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == model.config.num_hidden_layers:
            return module
    raise ConfigError(f"{type(model).__name__} has no list of layers; leave model.layers and optimisation.layer_decay out")


def keep_layers(model: PreTrainedModel, layers: int | Sequence[int]) -> None:
    """Leave some layers of an encoder and drop the others, in place (Sanh et al., 2019; Sajjad et al., 2023).

    Args:
        model: The model; its configuration is changed too, so that it is saved and loaded as the smaller one.
        layers: Numbers of the layers to keep, from 0, or how many, spread evenly from the first to the last.

    Raises:
        ConfigError: If the encoder has no such layers.
    """
    found = layers_of(model)
    if isinstance(layers, int):
        layers = [round(place) for place in np.linspace(0, len(found) - 1, layers)] if layers <= len(found) else range(layers)
    if max(layers) >= len(found):
        raise ConfigError(f"model.layers: the encoder has {len(found)} layers, numbered from 0; {list(layers)} asks for others")
    kept = [found[number] for number in layers]
    types = getattr(model.config, "layer_types", None)
    del found[:]
    found.extend(kept)
    model.config.num_hidden_layers = len(kept)
    if types is not None:
        model.config.layer_types = [types[number] for number in layers]


def freeze_layers(model: PreTrainedModel, count: int, setting: str = "model.frozen_layers") -> None:
    """Keep the embeddings and the lowest layers of an encoder as they are, in place (Lee et al., 2019).

    No gradient goes through them, so that a step takes less time and memory.

    Args:
        model: The model.
        count: How many layers stay; with 0 the embeddings learn as well.
        setting: What an error calls the count.

    Raises:
        ConfigError: If the encoder has fewer layers.
    """
    if not count:
        return
    found = layers_of(model)
    if count > len(found):
        raise ConfigError(f"{setting}: the encoder has {len(found)} layers, {count} cannot be frozen")
    for parameter in (*_embeddings(model), *found[:count].parameters()):
        parameter.requires_grad = False


def parameter_groups(
    model: PreTrainedModel, decayed: Collection[str], learning_rate: float, layer_decay: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Group parameters by learning rate (Howard and Ruder, 2018; Clark et al., 2020).

    Args:
        model: The model.
        decayed: Names of the parameters with weight decay.
        learning_rate: That of the head; the highest layer has it times `layer_decay`, the next one that again, and so on, and
            the embeddings have the lowest.
        layer_decay: A factor in (0, 1].
        weight_decay: That of the parameters in `decayed`.

    Returns:
        Groups as torch's optimisers take them, of those parameters that learn.
    """
    layers = layers_of(model)
    distance = {id(parameter): len(layers) + 1 for parameter in model.base_model.parameters()}
    for number, layer in enumerate(layers):
        distance |= {id(parameter): len(layers) - number for parameter in layer.parameters()}
    # What follows the layers, such as a pooler or a last normalisation, belongs to the head.
    embedded = {id(parameter) for parameter in _embeddings(model)}
    groups: dict[tuple[int, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            steps = distance.get(id(parameter), 0)
            outside = steps == len(layers) + 1 and id(parameter) not in embedded
            groups.setdefault((0 if outside else steps, name in decayed), []).append(parameter)
    return [
        {"params": found, "lr": learning_rate * layer_decay**steps, "weight_decay": weight_decay if decays else 0.0}
        for (steps, decays), found in groups.items()
    ]


def _embeddings(model: PreTrainedModel) -> list[torch.nn.Parameter]:
    """Return what all layers rest on: tables of words and places, and relative places that are added in each layer."""
    words = list(model.get_input_embeddings().parameters())
    known = {id(parameter) for parameter in words}
    others = {name: p for name, p in model.base_model.named_parameters() if id(p) not in known}
    return words + [p for name, p in others.items() if "embed" in name or "relative_attention_bias" in name]
