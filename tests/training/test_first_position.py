"""A last layer that computes one position: the same results and gradients, the same names of weights."""

import copy
from typing import Any

import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, BertConfig, ModernBertConfig

from escalate.training.first_position import FirstPositionLayer, read_first_position

SIZES: dict[str, Any] = {
    "vocab_size": 60,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "num_hidden_layers": 3,
}
BATCH = {
    "input_ids": torch.tensor([[2, 7, 8, 9, 3], [2, 9, 3, 0, 0]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
}


@pytest.fixture(params=["sdpa", "eager"])
def pair(request):
    """A classifier with random weights, and the same one reading its first position."""
    torch.manual_seed(0)
    config = BertConfig(**SIZES, **{"num_labels": 3, "initializer_range": 0.2, "attn_implementation": request.param})
    whole = AutoModelForSequenceClassification.from_config(config)
    changed = copy.deepcopy(whole)
    assert read_first_position(changed)
    return whole.eval(), changed.eval()


@pytest.mark.parametrize("rows", [slice(0, 2), slice(0, 1), slice(1, 2)], ids=["batch", "whole", "padded"])
def test_logits_and_the_first_state_stay_the_same(pair, rows):
    batch = {name: value[rows] for name, value in BATCH.items()}
    whole, changed = (model(**batch, output_hidden_states=True) for model in pair)
    assert torch.allclose(whole.logits, changed.logits, atol=1e-6)
    assert changed.hidden_states[-1].shape[1] == 1
    assert torch.allclose(whole.hidden_states[-1][:, 0], changed.hidden_states[-1][:, 0], atol=1e-6)


def test_gradients_stay_the_same(pair):
    for model in pair:
        model(**BATCH).logits.square().sum().backward()
    whole, changed = (dict(model.named_parameters()) for model in pair)
    assert list(whole) == list(changed)
    for name, parameter in whole.items():
        assert torch.allclose(parameter.grad, changed[name].grad, atol=1e-5), name


def test_dropout_falls_in_training_only(pair):
    changed = pair[1].train()
    assert isinstance(changed.bert.encoder.layer[-1], FirstPositionLayer)
    assert not torch.equal(changed(**BATCH).logits, changed(**BATCH).logits)
    changed.eval()
    assert torch.equal(changed(**BATCH).logits, changed(**BATCH).logits)


def test_what_is_saved_is_loaded_as_any_checkpoint(pair, tmp_path):
    pair[1].save_pretrained(tmp_path)
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    assert torch.allclose(again(**BATCH).logits, pair[0](**BATCH).logits, atol=1e-6)


def test_an_encoder_without_a_head_is_changed_too():
    torch.manual_seed(0)
    whole = AutoModel.from_config(BertConfig(**SIZES)).eval()
    changed = copy.deepcopy(whole)
    assert read_first_position(changed)
    assert torch.allclose(whole(**BATCH).pooler_output, changed(**BATCH).pooler_output, atol=1e-6)


def test_torch_draws_the_same_numbers_afterwards():
    model = AutoModelForSequenceClassification.from_config(BertConfig(**SIZES))
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    read_first_position(model)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize(
    "model",
    [
        AutoModelForSequenceClassification.from_config(
            ModernBertConfig(**SIZES, pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3)
        ),
        AutoModel.from_config(BertConfig(**SIZES), add_pooling_layer=False),
    ],
    ids=["modernbert", "no-pooler"],
)
def test_other_networks_are_left_as_they_are(model):
    before = [type(module) for module in model.modules()]
    assert not read_first_position(model)
    assert [type(module) for module in model.modules()] == before


def test_a_frozen_last_layer_stays_frozen(pair):
    whole = copy.deepcopy(pair[0])
    whole.bert.encoder.layer[-1].requires_grad_(requires_grad=False)
    assert read_first_position(whole)
    assert not any(parameter.requires_grad for parameter in whole.bert.encoder.layer[-1].parameters())
    assert all(parameter.requires_grad for parameter in whole.bert.encoder.layer[-2].parameters())
