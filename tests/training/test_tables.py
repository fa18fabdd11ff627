"""Tables of embeddings in 4 bits: rounded once, left alone in training, found again at export."""

import numpy as np
import pytest
from safetensors.numpy import load_file
from transformers import BertConfig, BertForSequenceClassification

from escalate.errors import ConfigError
from escalate.training.tables import BLOCK, in_four_bits, round_words
from escalate.training.train import train
from tests.training.parts import varied


def rounded(values):
    integers, scales = in_four_bits(values)
    return (integers * scales).reshape(values.shape)


def test_a_rounded_table_stays_near_and_is_rounded_to_itself():
    table = np.random.default_rng(0).normal(size=(50, 3 * BLOCK)).astype(np.float32)
    table[7] = 0
    once = rounded(table)
    assert np.linalg.norm(once - table) < 0.12 * np.linalg.norm(table)
    assert not once[7].any()
    assert rounded(once) == pytest.approx(once, abs=1e-6)


def test_integers_fit_into_four_bits():
    integers, scales = in_four_bits(np.random.default_rng(1).normal(size=(20, BLOCK)).astype(np.float32))
    assert integers.shape == (20, 1, BLOCK)
    assert scales.shape == (20, 1, 1)
    assert integers.min() >= -8
    assert integers.max() <= 7


def test_training_leaves_the_rounded_words_as_they_are(tiny_config, tiny_checkpoint, tmp_path):
    run = train(varied(tiny_config, tmp_path / "run", model={"table_bits": 4}, optimisation={"epochs": 1}))
    name = "bert.embeddings.word_embeddings.weight"
    before, after = (load_file(folder / "model.safetensors")[name] for folder in (tiny_checkpoint, run / "checkpoint"))
    assert after == pytest.approx(rounded(before), abs=1e-6)


def test_a_width_that_has_no_blocks_is_refused():
    config = BertConfig(vocab_size=20, hidden_size=12, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    with pytest.raises(ConfigError, match=r"model\.table_bits: embeddings 12 wide"):
        round_words(BertForSequenceClassification(config))
