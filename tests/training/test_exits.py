"""Early exits: a text of which the network is sure goes through no more of it, and hardly any is told another label."""

from typing import Any

import numpy as np
import onnx
import pytest
import torch
import typer
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertConfig, BertForSequenceClassification

from escalate.calibration import softmax
from escalate.cli.export import command
from escalate.errors import BundleError
from escalate.labels import LABELS
from escalate.runtime.base import Tokenizer
from escalate.runtime.checkpoint import CheckpointRuntime
from escalate.runtime.onnx import OnnxRuntime
from escalate.runtime.torch import TorchRuntime
from escalate.training.distillation import teach
from escalate.training.exits import Exit, ExitHead, fit_exits, leaving
from escalate.training.export import export
from escalate.training.network import network
from escalate.training.quantise import quantise
from escalate.training.sections import DistillationConfig
from escalate.training.train import train
from escalate.weights import checkpoint_of
from tests.conftest import FILLERS, WORDS, write_rows
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
        found.append(Exit(after, head, (surest[len(surest) // 2 - 1] + surest[len(surest) // 2]) / 2))
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
    left = [after for _, after in expected]
    assert leaving(tmp_path / "model.onnx", TEXTS) == {after: left.count(after) / len(TEXTS) for after in (0, 2, 3)}


@pytest.mark.parametrize("sure", [0.0, 1.1], ids=["all leave", "none leaves"])
def test_a_network_that_all_texts_leave_and_one_that_none_leaves_can_be_run(model, exits, tmp_path, sure):
    only = exits[1]._replace(sure=sure)
    onnx.save(network(model, 64, [only]), tmp_path / "plain.onnx")
    quantise(tmp_path / "plain.onnx", tmp_path / "model.onnx", TEXTS)
    expected = softmax(np.stack([_expected(model, [only], ids)[0] for ids in TEXTS]))
    assert leaving(tmp_path / "model.onnx", TEXTS) == {2: float(sure == 0)}
    for runtime in (OnnxRuntime(tmp_path / "model.onnx"), TorchRuntime(tmp_path / "model.onnx", "cpu")):
        assert np.abs(softmax(runtime.logits(TEXTS)) - expected).mean() < 0.05


def test_in_int8_a_text_leaves_where_it_does_whatever_its_company(model, exits, tmp_path):
    onnx.save(network(model, 64, exits), tmp_path / "plain.onnx")
    quantise(tmp_path / "plain.onnx", tmp_path / "model.onnx", TEXTS)
    runtime = OnnxRuntime(tmp_path / "model.onnx")
    alone = np.concatenate([runtime.logits([ids]) for ids in TEXTS])
    np.testing.assert_array_equal(runtime.logits(TEXTS), alone)
    # In torch, activations are not rounded: a text near a bound may leave elsewhere, and most do not.
    other = TorchRuntime(tmp_path / "model.onnx", "cpu").logits(TEXTS)
    assert np.median(np.abs(other - alone).max(axis=1)) < 0.05


@pytest.fixture(scope="module")
def trained(tiny_run):
    """A trained classifier of two layers, and token ids of texts of three kinds, from plain to mixed."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_run / "checkpoint")
    words = [*WORDS.values(), *FILLERS]
    drawn = np.random.default_rng(3)
    texts = [" ".join(drawn.choice(words, 1 + number % 12)) for number in range(600)]
    model = AutoModelForSequenceClassification.from_pretrained(tiny_run / "checkpoint").eval()
    return model, tokenizer(texts)["input_ids"]


@pytest.mark.parametrize("bias", [(0.0, 0.0, 0.0), (-2.0, 0.5, 1.0)], ids=["plain", "biased"])
def test_few_texts_are_told_another_label_than_the_whole_networks(trained, bias):
    model, ids = trained
    before = {name: value.clone() for name, value in model.state_dict().items()}
    learnt, judged = ids[:400], ids[400:]
    found = fit_exits(model, [0, 1], learnt, judged, bias, changed=0.05)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    told = [_expected(model, found, one) for one in judged]
    left = [place for place, (_, after) in enumerate(told) if after is not None]
    # As users see the labels, after calibration; more than a few leave, or there would be nothing to see.
    whole = np.stack([_expected(model, [], one)[0] for one in judged])
    changed = (np.stack([logits for logits, _ in told]) + bias).argmax(axis=1) != (whole + bias).argmax(axis=1)
    assert len(left) > 20
    assert changed.mean() <= 0.05
    # The same again, whatever is drawn in between.
    torch.rand(1)
    assert [exit_.sure for exit_ in fit_exits(model, [0, 1], learnt, judged, bias, changed=0.05)] == [e.sure for e in found]


def test_more_texts_leave_where_more_labels_may_change(trained):
    model, ids = trained
    sure = [fit_exits(model, [1], ids[:400], ids[400:], (0, 0, 0), changed=changed)[0].sure for changed in (0.3, 0.01)]
    assert sure[0] < sure[1]


def test_too_few_texts_to_show_a_share_make_no_exits(trained, caplog):
    model, ids = trained
    assert fit_exits(model, [0], ids[:100], ids[:300], (0, 0, 0), changed=0.003) == []
    assert "300 texts cannot show that the labels of 0.3% at most change" in caplog.text


def test_a_head_after_the_embeddings_keeps_what_it_knows_in_int8(tmp_path):
    # The first position is the same in all texts there, and must not set the scale of the others. Wider than the channels that
    # int8 leaves in float32.
    torch.manual_seed(2)
    config = BertConfig(vocab_size=60, hidden_size=96, num_attention_heads=4, intermediate_size=96, num_hidden_layers=2)
    config.num_labels = 3
    wide = BertForSequenceClassification(config).eval()
    ids = [[2, *DRAWN.integers(5, 60, 14).tolist(), 3] for _ in range(400)]
    (found,) = fit_exits(wide, [0], ids, ids, (0, 0, 0), changed=0.5)
    onnx.save(network(wide, 64, [found._replace(sure=0.0)]), tmp_path / "plain.onnx")
    quantise(tmp_path / "plain.onnx", tmp_path / "model.onnx", ids[:50])
    expected = np.stack([_told(wide, 0, found.head, one).numpy() for one in ids])
    told = OnnxRuntime(tmp_path / "model.onnx").logits(ids)
    assert np.abs(told - expected).mean() < 0.1 * expected.std(axis=0).mean() + 1e-3


def test_later_layers_are_scaled_for_texts_that_do_not_leave(model, exits, tmp_path):
    plain, scaled = [], []
    for name, found in (("all", [exits[0]._replace(sure=0.0)]), ("none", [exits[0]._replace(sure=1.1)])):
        onnx.save(network(model, 64, found), tmp_path / f"{name}.onnx")
        quantise(tmp_path / f"{name}.onnx", tmp_path / f"{name}.int8.onnx", TEXTS)
        graph = onnx.load(tmp_path / f"{name}.int8.onnx").graph
        scaled.append([t.raw_data or t.float_data[0] for t in graph.initializer if t.name.endswith("_scale")])
        plain.append(len(scaled[-1]))
    assert plain[0] == plain[1] > 10
    assert scaled[0] == scaled[1]


def test_a_run_is_exported_with_exits_and_read_back_without(tiny_run, tmp_path):
    with_exits = export(tiny_run, tmp_path / "exits", exits=[0, 1])
    assert "exits" not in with_exits.manifest.metrics  # 90 validation rows are too few
    plain = export(tiny_run, tmp_path / "plain")
    one, other = (load_file(checkpoint_of(bundle) / "model.safetensors") for bundle in (with_exits, plain))
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_the_card_and_the_manifest_say_where_texts_leave(tiny_config, tmp_path):
    data = {"validation": [str(write_rows(tmp_path / "validation.jsonl", 400, seed=1))]}
    run = train(varied(tiny_config, tmp_path / "run", data=data))
    bundle = export(run, tmp_path / "bundle", exits=[0, 1])
    shares = {row["after"]: row["share"] for row in bundle.manifest.metrics["exits"]}
    ids = [tokens.ids for tokens in Tokenizer(bundle.tokenizer, 32)(["alpha army", "beta river market"])]
    assert shares.keys() == leaving(bundle.model, ids).keys() <= {0, 1}
    assert 0 < sum(shares.values()) <= 1
    after, share = next(iter(shares.items()))
    place = "the embeddings" if after == 0 else "layer 1"
    assert f"{share:.0%} of them leave it after {place}" in (bundle.path / "README.md").read_text()
    # Its checkpoint is the whole network, and teaches as such.
    again = AutoModelForSequenceClassification.from_pretrained(checkpoint_of(bundle))
    trained = AutoModelForSequenceClassification.from_pretrained(run / "checkpoint")
    with torch.inference_mode():
        said, expected = (one.eval()(input_ids=torch.tensor([ids[0]])).logits for one in (again, trained))
    assert torch.allclose(said, expected, atol=0.2)
    config = DistillationConfig(teachers=[str(bundle.path)], temperature=1.0)
    probabilities, _ = teach(["alpha army", "beta river market"], config, LABELS, 32, tmp_path / "kept")
    scaling = bundle.manifest.temperature, bundle.manifest.bias
    both = CheckpointRuntime(checkpoint_of(bundle)).logits(ids)
    np.testing.assert_allclose(probabilities, softmax(both, *scaling), atol=1e-3)


@pytest.mark.parametrize("exits", [[2], [1, 0], [0, 0], [-1]])
def test_exits_that_the_network_has_no_layers_for_are_refused(tiny_run, tmp_path, exits):
    with pytest.raises(BundleError, match=r"in rising order, from 0 \(the embeddings\) to 1; this is BertForSequence"):
        export(tiny_run, tmp_path / "bundle", exits=exits)
    assert not (tmp_path / "bundle").exists()


def test_exits_that_are_no_list_of_layers_are_a_matter_of_usage(tiny_run, tmp_path):
    with pytest.raises(typer.BadParameter, match="'one,two' is no list of layers such as 0,1,2"):
        command(tiny_run, tmp_path / "bundle", exits="one,two")
