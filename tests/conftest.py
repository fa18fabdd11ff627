"""Small real parts: an encoder of random weights, data in the project's format, a run and its bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from escalate.training.config import TrainConfig

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("escalate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("escalate")

ROOT = Path(__file__).parent.parent

# The words "alpha", "beta" and "gamma" stand for the labels: enough for a tiny encoder to learn within seconds.
WORDS = {"escalation": "alpha", "de-escalation": "beta", "neutral": "gamma"}
FILLERS = [
    "the", "rebels", "army", "talks", "truce", "fired", "agreed", "said", "on", "monday", "near", "capital", "river", "village",
]  # fmt: skip


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer BERT of random weights with a WordPiece tokenizer of some fifty tokens."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(1)
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [*"abcdefghijklmnopqrstuvwxyz", *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"), ".", ","]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys([*specials, *WORDS.values(), *FILLERS, *letters]))}
    fast = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    fast.normalizer = normalizers.BertNormalizer(lowercase=True)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=fast, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]"
    )
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, initializer_range=0.1,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tiny-encoder")
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_rows(path: Path, count: int, seed: int = 0) -> Path:
    """Write labelled rows that a tiny encoder can learn: the label's word among fillers."""
    import random

    generator = random.Random(seed)
    rows = []
    for number in range(count):
        label = list(WORDS)[number % 3]
        words = generator.choices(FILLERS, k=generator.randint(3, 12))
        words.insert(generator.randint(0, len(words)), WORDS[label])
        rows.append({"text": " ".join(words) + ".", "label": label, "article_id": f"article-{number // 5}"})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_config(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """A configuration that trains the tiny encoder in seconds."""
    folder = tmp_path_factory.mktemp("tiny-data")
    return TrainConfig.model_validate(
        {
            "name": "tiny-test",
            "output": str(folder / "run"),
            "model": {"base": str(tiny_checkpoint), "max_tokens": 32, "dropout": 0.0},
            "data": {
                "train": [str(write_rows(folder / "train.jsonl", 300))],
                "validation": [str(write_rows(folder / "validation.jsonl", 90, seed=1))],
                "allow_unlisted": True,
            },
            "optimisation": {"epochs": 5, "learning_rate": 3e-3, "threads": 2},
        }
    )


@pytest.fixture(scope="session")
def tiny_run(tiny_config: TrainConfig) -> Path:
    """A finished training run."""
    from escalate.training.train import train

    return train(tiny_config)


@pytest.fixture(scope="session")
def tiny_bundle(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run as a bundle."""
    from escalate.training.export import export

    return export(tiny_run, tmp_path_factory.mktemp("bundles") / "tiny", codebook=ROOT / "data" / "CODEBOOK.md").path
