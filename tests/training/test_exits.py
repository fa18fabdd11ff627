"""Early exits: a text of which the network is sure goes through no more of it, and hardly any is told another label."""

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertConfig, BertForSequenceClassification

from escalate.bundle import load
from escalate.calibration import softmax
from escalate.errors import BundleError
from escalate.runtime.checkpoint import CheckpointRuntime
from escalate.runtime.onnx import OnnxRuntime
from escalate.runtime.torch import TorchRuntime
from escalate.training.exits import Exit, ExitHead, fit_exits
from escalate.training.export import export
from escalate.training.network import network
from escalate.training.quantise import quantise
from escalate.training.sections import ExitsConfig
from escalate.training.train import train
from escalate.weights import checkpoint_of
from tests.training.parts import varied

DRAWN = np.random.default_rng(5)
TEXTS = [[2, *DRAWN.integers(5, 60, length - 2).tolist(), 3] for length in (4, 8, 20, 64) for _ in range(9)]


@pytest.fixture(scope="module")
def model():
    """A classifier of random weights."""
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 64, "num_hidden_layers": 4}
    config = BertConfig(vocab_size=60, max_position_embeddings=64, initializer_range=0.3, **sizes)
    config.num_labels = 3
    return BertForSequenceClassification(config).eval()


@pytest.fixture(scope="module")
def exits(model):
    """Exits of random weights after the embeddings and two layers, at each of which about half of the texts leave."""
    found = []
    for after in (0, 2, 3):
        head = ExitHead(32, 3).eval()
        surest = sorted(_surest(model, after, head, ids) for ids in TEXTS)
        found.append(Exit(after, head, (surest[len(surest) // 2 - 1] + surest[len(surest) // 2]) / 2, 0.5))
    return found


def _surest(model, after, head, ids):
    return float(_told(model, after, head, ids).softmax(dim=-1).amax())


def _told(model, after, head, ids):
    with torch.inference_mode():
        states = model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states[after][0]
        return head(torch.cat([states[0], states.mean(dim=0), states.amax(dim=0)]))


def _expected(model, exits, ids):
    for found in exits:
        told = _told(model, found.after, found.head, ids)
        if float(told.softmax(dim=-1).amax()) >= found.sure:
            return told.numpy(), found.after
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0].numpy(), None


def test_a_text_is_told_what_the_first_exit_that_is_sure_says(model, exits, tmp_path):
    onnx.save(network(model, 64, exits), tmp_path / "model.onnx")
    expected = [_expected(model, exits, ids) for ids in TEXTS]
    assert {after for _, after in expected} == {0, 2, 3, None}
    found = OnnxRuntime(tmp_path / "model.onnx").logits(TEXTS)
    np.testing.assert_allclose(found, np.stack([logits for logits, _ in expected]), atol=1e-4)


@pytest.mark.parametrize("sure", [0.0, 1.1], ids=["all leave", "none leaves"])
def test_a_network_that_all_texts_leave_and_one_that_none_leaves_can_be_run(model, exits, tmp_path, sure):
    only = exits[1]._replace(sure=sure)
    onnx.save(network(model, 64, [only]), tmp_path / "plain.onnx")
    quantise(tmp_path / "plain.onnx", tmp_path / "model.onnx", TEXTS)
    expected = softmax(np.stack([_expected(model, [only], ids)[0] for ids in TEXTS]))
    for runtime in (OnnxRuntime(tmp_path / "model.onnx"), TorchRuntime(tmp_path / "model.onnx", "cpu")):
        assert np.abs(softmax(runtime.logits(TEXTS)) - expected).mean() < 0.05


def test_in_int8_a_text_leaves_where_it_does_whatever_its_company(model, exits, tmp_path):
    onnx.save(network(model, 64, exits), tmp_path / "plain.onnx")
    quantise(tmp_path / "plain.onnx", tmp_path / "model.onnx", TEXTS)
    runtime = OnnxRuntime(tmp_path / "model.onnx")
    alone = np.concatenate([runtime.logits([ids]) for ids in TEXTS])
    np.testing.assert_array_equal(runtime.logits(TEXTS), alone)


def test_few_texts_are_told_another_label_than_the_whole_networks(tiny_config, tiny_run):
    checkpoint = tiny_run / "checkpoint"
    trained, tokenizer = (
        AutoModelForSequenceClassification.from_pretrained(checkpoint),
        AutoTokenizer.from_pretrained(checkpoint),
    )
    before = {name: value.clone() for name, value in trained.state_dict().items()}
    trained.eval()
    texts = [f"alpha {word} river" for word in ("army", "talks", "peace", "shelled", "market", "rain")] * 30
    config = ExitsConfig(after=[0, 1], changed=0.02)
    found = fit_exits(trained, tokenizer, config, texts, texts, 32, 13)
    assert found
    assert sum(exit_.share for exit_ in found) <= 1
    assert [exit_.after for exit_ in found] == sorted(exit_.after for exit_ in found)
    again = fit_exits(trained, tokenizer, config, texts, texts, 32, 13)
    assert [exit_.sure for exit_ in again] == [exit_.sure for exit_ in found]
    assert all(torch.equal(value, before[name]) for name, value in trained.state_dict().items())
    ids = tokenizer(texts)["input_ids"]
    whole = CheckpointRuntime(checkpoint).logits(ids).argmax(axis=1)
    told = np.array([_expected(trained, found, one)[0].argmax() for one in ids])
    assert (told != whole).mean() <= config.changed


def test_a_configured_run_is_exported_with_exits_and_its_checkpoint_without(tiny_config, tiny_run, tmp_path):
    data = {"train": tiny_config.data.train}
    config = varied(tiny_config, tmp_path / "run", data=data, exits={"after": [0, 1], "changed": 0.05, "texts": 300})
    run = train(config)
    bundle = export(run, tmp_path / "bundle")
    exits = bundle.manifest.metrics["exits"]
    assert {row["after"] for row in exits} <= {0, 1}
    assert sum(row["share"] for row in exits) > 0.3
    assert bundle.manifest.metrics["parity"]["same_labels"] >= 0.99
    card = (bundle.path / "README.md").read_text()
    assert f"{exits[0]['share']:.0%} of them leave" in card
    plain = load(export(tiny_run, tmp_path / "plain").path)
    # The same weights, with and without exits.
    found, trained = (AutoModelForSequenceClassification.from_pretrained(checkpoint_of(one)) for one in (bundle, plain))
    ids = torch.tensor([[2, 9, 8, 7, 3]])
    with torch.inference_mode():
        assert torch.allclose(found.eval()(input_ids=ids).logits, trained.eval()(input_ids=ids).logits, atol=0.1)


def test_exits_that_the_network_has_no_layers_for_are_refused(tiny_config, tmp_path):
    run = train(varied(tiny_config, tmp_path / "run", optimisation={"epochs": 1}, exits={"after": [2]}))
    with pytest.raises(BundleError, match=r"come before its last layer; set exits\.after otherwise"):
        export(run, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_exits_out_of_order_are_refused(tiny_config, tmp_path):
    with pytest.raises(ValueError, match="different numbers in rising order"):
        varied(tiny_config, tmp_path, exits={"after": [2, 1]})
