"""The same network in torch: what it says, whatever the company, and what it refuses."""

import numpy as np
import onnx
import pytest
import torch

from escalate.bundle import load, shipped
from escalate.calibration import softmax
from escalate.errors import BundleError
from escalate.predict import Predictor
from escalate.runtime.base import Tokenizer
from escalate.runtime.onnx import OnnxRuntime
from escalate.runtime.torch import TorchRuntime

NEWS = [
    "Rebels shelled the outskirts of the capital for a third night.",
    "The two foreign ministers will meet in Geneva for the first time in nine years.",
    "Parliament meets on Tuesday.",
    "Both armies stopped firing at midnight under the truce.",
    "",
    "The navy sent two destroyers toward the disputed reef, and the foreign ministry warned that any further flight over it "
    "would be answered; the other side called the warning a provocation and closed its consulate in the port.",
]


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_bundle_says_the_same_with_both_backends(name):
    onnx_says = Predictor.load(name).predict(NEWS)
    torch_says = Predictor.load(name, backend="torch", device="cpu").predict(NEWS)
    for one, other in zip(onnx_says, torch_says, strict=True):
        assert one.label == other.label
        for label, probability in one.probabilities.items():
            assert other.probabilities[label] == pytest.approx(probability, abs=0.05)


def test_a_text_does_not_depend_on_its_company():
    bundle = load("tiny")
    runtime = TorchRuntime(bundle.model, "cpu")
    ids = [tokens.ids for tokens in Tokenizer(bundle.tokenizer, 256)(NEWS)]
    together, alone = runtime.logits(ids * 2), np.concatenate([runtime.logits([one]) for one in ids])
    np.testing.assert_allclose(together, np.concatenate([alone, alone]), atol=1e-4)
    assert runtime.logits([]).shape == (0, 3)


def test_operators_that_this_export_does_not_need_are_refused_by_name(tiny_bundle, tmp_path):
    model = onnx.load(load(tiny_bundle).model)
    model.graph.node[0].op_type = "Celu"
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(BundleError, match="does not know the operator Celu; use backend='onnx'"):
        TorchRuntime(tmp_path / "other.onnx")


def test_the_tiny_network_agrees_too(tiny_bundle):
    model = load(tiny_bundle).model
    ids = [[2, 9, 8, 3], [2, 3], [2, *range(5, 30), 3]]
    one, other = (softmax(runtime.logits(ids)) for runtime in (TorchRuntime(model, "cpu"), OnnxRuntime(model)))
    np.testing.assert_allclose(one, other, atol=0.02)


def test_auto_takes_the_accelerator_that_torch_names(tiny_bundle, monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert TorchRuntime(load(tiny_bundle).model).device.type == "cpu"
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cpu", 0))
    assert TorchRuntime(load(tiny_bundle).model).device == torch.device("cpu", 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backend": "tensorflow"}, "must be 'onnx' or 'torch'"),
        ({"device": "cuda"}, "backend='torch' runs on a GPU"),
        ({"backend": "torch", "device": "nonsense"}, "'nonsense' is not there"),
    ],
)
def test_what_cannot_be_had_is_refused(tiny_bundle, options, message):
    with pytest.raises(ValueError, match=message):
        Predictor.load(tiny_bundle, **options)
