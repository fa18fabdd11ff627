"""What "auto" comes to, by what torch says of the processor; where there is a GPU it decides."""

import pytest
import torch

from escalate.training.config import configured
from escalate.training.precision import resolved
from escalate.training.train import train
from tests.training.parts import results_of

without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU decides here")


@pytest.mark.parametrize("precision", [None, "bf16", "fp16"])
def test_a_setting_stands(precision):
    assert resolved(precision) == precision


@without_gpu
@pytest.mark.parametrize(
    ("capabilities", "found"),
    [({"avx512_bf16": True}, "bf16"), ({"amx_bf16": True, "avx512_bf16": False}, "bf16"), ({"avx2": True}, None), ({}, None)],
)
def test_auto_is_bfloat16_where_the_processor_multiplies_in_it(capabilities, found, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert resolved("auto") == found


@without_gpu
def test_a_torch_that_cannot_tell_computes_in_float32(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert resolved("auto") is None


def test_a_run_in_bfloat16_learns_and_says_so(tiny_config, tmp_path):
    run = train(configured({"optimisation.precision": "bf16", "output": str(tmp_path / "run")}, "a test", tiny_config))
    assert results_of(run)["precision"] == "bf16"
    assert results_of(run)["validation"]["macro_f1"] > 1 / 3
