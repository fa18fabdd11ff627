"""Fewer layers, and learning rates by layer, in the architectures that the configurations name."""

import copy
from typing import Any

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ModernBertConfig,
    MPNetConfig,
    RobertaConfig,
)

from escalate.errors import ConfigError
from escalate.training.layers import freeze_layers, keep_layers, layers_of, parameter_groups

SIZES: dict[str, Any] = {
    "vocab_size": 60, "hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "num_hidden_layers": 4,
}  # fmt: skip
CONFIGS = {
    "bert": BertConfig(**SIZES),
    "roberta": RobertaConfig(**SIZES),
    "deberta": DebertaV2Config(**SIZES, relative_attention=True, pos_att_type=["p2c", "c2p"], max_relative_positions=8),
    "modernbert": ModernBertConfig(**SIZES, pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3),
    "mpnet": MPNetConfig(**SIZES),
    "distilbert": DistilBertConfig(vocab_size=60, dim=16, hidden_dim=32, n_heads=2, n_layers=4),
}
IDS = torch.tensor([[2, 7, 8, 9, 3]])


@pytest.fixture(params=CONFIGS)
def model(request):
    torch.manual_seed(0)
    return AutoModelForSequenceClassification.from_config(copy.deepcopy(CONFIGS[request.param])).eval()


def test_what_is_kept_is_saved_and_loaded_as_a_smaller_encoder(model, tmp_path):
    kept = [layers_of(model)[number] for number in (0, 3)]
    keep_layers(model, [0, 3])
    assert list(layers_of(model)) == kept
    model.save_pretrained(tmp_path)
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    assert AutoConfig.from_pretrained(tmp_path).num_hidden_layers == 2
    assert torch.allclose(again(input_ids=IDS).logits, model(input_ids=IDS).logits, atol=1e-6)


def test_a_count_is_spread_from_the_first_to_the_last_layer():
    model = AutoModelForSequenceClassification.from_config(BertConfig(**{**SIZES, "num_hidden_layers": 6}))
    wanted = [layers_of(model)[number] for number in (0, 2, 5)]
    keep_layers(model, 3)
    assert list(layers_of(model)) == wanted


@pytest.mark.parametrize("layers", [5, [0, 4]])
def test_layers_that_are_not_there_are_refused(layers):
    model = AutoModelForSequenceClassification.from_config(BertConfig(**SIZES))
    with pytest.raises(ConfigError, match="has 4 layers"):
        keep_layers(model, layers)


def test_learning_rates_fall_from_the_head_to_the_embeddings_and_every_parameter_has_one(model):
    name, last = list(model.named_parameters())[-1]
    groups = parameter_groups(model, {name}, 1.0, 0.5, 0.1)
    rate = {id(parameter): group["lr"] for group in groups for parameter in group["params"]}
    assert set(rate) == {id(parameter) for parameter in model.parameters()}
    assert sum(len(group["params"]) for group in groups) == len(rate)
    assert rate[id(model.get_input_embeddings().weight)] == 0.5**5
    assert [rate[id(next(layer.parameters()))] for layer in layers_of(model)] == [0.5**4, 0.5**3, 0.5**2, 0.5]
    assert {rate[id(parameter)] for parameter in model.classifier.parameters()} == {1.0}
    assert [group["params"][0] is last for group in groups if group["weight_decay"]] == [True]


def test_frozen_parameters_have_none():
    model = AutoModelForSequenceClassification.from_config(BertConfig(**SIZES))
    for parameter in model.base_model.parameters():
        parameter.requires_grad = False
    assert sum(len(group["params"]) for group in parameter_groups(model, (), 1.0, 0.5, 0.0)) == 2


def test_a_step_leaves_the_lowest_layers_and_embeddings_as_they_are(model):
    freeze_layers(model, 2)
    before = copy.deepcopy(model.state_dict())
    model(input_ids=IDS, labels=torch.tensor([1])).loss.backward()
    torch.optim.SGD([parameter for parameter in model.parameters() if parameter.requires_grad], lr=1.0).step()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    lowest = [names[id(parameter)] for layer in layers_of(model)[:2] for parameter in layer.parameters()]
    above = [names[id(parameter)] for layer in layers_of(model)[2:] for parameter in layer.parameters()]
    assert not moved & set(lowest)
    assert not [name for name in moved if "embed" in name or "relative" in name]
    assert len(moved & set(above)) > len(above) / 2


def test_no_gradient_goes_through_frozen_layers(model):
    freeze_layers(model, 2)
    states = model(input_ids=IDS, output_hidden_states=True).hidden_states
    assert [state.requires_grad for state in states[:4]] == [False, False, False, True]


def test_more_frozen_layers_than_there_are_are_refused(model):
    with pytest.raises(ConfigError, match="frozen_layers: the encoder has 4 layers, 5 cannot"):
        freeze_layers(model, 5)
