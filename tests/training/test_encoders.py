"""The encoders of configs/train, as tiny random checkpoints of the same architectures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertModel,
    DebertaV2Config,
    DebertaV2Model,
    ModernBertConfig,
    ModernBertModel,
    MPNetConfig,
    MPNetModel,
    PreTrainedModel,
)

from escalate.training.config import TrainConfig, load_config
from escalate.training.export import export
from escalate.training.train import train
from tests.training.parts import results_of

CONFIGS = Path(__file__).parent.parent.parent / "configs" / "train"
SIZES: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2}
DEBERTA: dict[str, Any] = {
    "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 16, "norm_rel_ebd": "layer_norm",
    "share_att_key": True, "position_biased_input": False, "type_vocab_size": 0, "max_relative_positions": -1,
}  # fmt: skip
SPECIAL: dict[str, Any] = {"pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}
ENCODERS: dict[str, Callable[[int], PreTrainedModel]] = {
    "conflibert": lambda size: BertModel(BertConfig(vocab_size=size, **SIZES)),
    "deberta-v3-small": lambda size: DebertaV2Model(DebertaV2Config(vocab_size=size, **SIZES, **DEBERTA)),
    "teacher": lambda size: MPNetModel(MPNetConfig(vocab_size=size, **SIZES, **SPECIAL)),
    "modernbert-base": lambda size: ModernBertModel(ModernBertConfig(vocab_size=size, **SIZES, **SPECIAL)),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_the_config_trains_its_encoder_into_a_plain_checkpoint_that_exports(
    name, tiny_checkpoint, tiny_config, tmp_path, monkeypatch
):
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    ENCODERS[name](len(tokenizer)).save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    content = load_config(CONFIGS / f"{name}.yaml").model_dump()
    frozen = min(1, content["model"]["frozen_layers"])
    content["model"] |= {"base": str(tmp_path / "base"), "max_tokens": 32, "frozen_layers": frozen}
    content |= {"output": str(tmp_path / "run"), "data": tiny_config.data.model_dump(), "codes": None}
    content["optimisation"] |= {"epochs": 1, "precision": None, "learning_rate": 3e-3, "threads": 1}
    run = train(TrainConfig.model_validate(content))
    assert 0 < results_of(run)["validation"]["macro_f1"] <= 1
    assert not any("lora" in key for key in load_file(run / "checkpoint" / "model.safetensors"))
    # After an epoch many a row lies between two labels, and a rounding decides.
    monkeypatch.setattr("escalate.training.export.MIN_AGREEMENT", 0.8)
    assert export(run, tmp_path / "bundle").manifest.metrics["parity"]["largest_probability_difference"] < 0.1
