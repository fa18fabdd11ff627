"""Self-distillation of the pooled position, on an encoder of random weights."""

import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from escalate.errors import ConfigError
from escalate.training.pooling import distil_pooling, pooled_at
from escalate.training.sections import PoolingConfig

TEXTS = [
    f"the army {verb} near the {place} on monday." for verb in ("fired", "agreed", "said") for place in ("river", "village")
]
CONFIG = PoolingConfig(texts=["unused.jsonl"], frozen_layers=1, batch_size=4, learning_rate=3e-3, max_tokens=32)


def closeness(checkpoint, base):
    """Mean cosine similarity of a checkpoint's pooled position with the base's mean over positions."""
    batch = AutoTokenizer.from_pretrained(base)(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = AutoModel.from_pretrained(base).eval()(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        pooled = AutoModel.from_pretrained(checkpoint).eval()(**batch).pooler_output
    return torch.nn.functional.cosine_similarity(pooled, mean).mean().item()


def test_the_first_position_learns_the_mean(tiny_checkpoint, tmp_path):
    target = distil_pooling(tiny_checkpoint, TEXTS * 30, CONFIG, tmp_path / "pooled")
    assert closeness(target, tiny_checkpoint) > max(0.8, closeness(tiny_checkpoint, tiny_checkpoint) + 0.2)


def test_texts_are_read_as_in_prediction(tiny_checkpoint, tmp_path):
    odd = [text.replace(" ", "\u00a0\u200b\ud83d ") for text in TEXTS]
    found = [
        AutoModel.from_pretrained(distil_pooling(tiny_checkpoint, texts, CONFIG, tmp_path / name)).state_dict()
        for name, texts in {"plain": TEXTS, "odd": odd}.items()
    ]
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])
    assert pooled_at(tiny_checkpoint, odd, CONFIG.model_copy(update={"keep": "kept"}), tmp_path).parent.name == "kept"


def test_frozen_layers_stay_as_they_are(tiny_checkpoint, tmp_path):
    target = distil_pooling(tiny_checkpoint, TEXTS, CONFIG, tmp_path / "pooled")
    before, after = (AutoModel.from_pretrained(path).state_dict() for path in (tiny_checkpoint, target))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert not any(name.startswith(("embeddings", "encoder.layer.0")) for name in changed)


def test_what_is_there_is_not_made_again(tiny_checkpoint, tmp_path):
    (tmp_path / "pooled").mkdir()
    assert distil_pooling(tiny_checkpoint, TEXTS, CONFIG, tmp_path / "pooled") == tmp_path / "pooled"
    assert not list((tmp_path / "pooled").iterdir())


def test_more_frozen_layers_than_there_are_are_refused_by_their_own_name(tiny_checkpoint, tmp_path):
    with pytest.raises(ConfigError, match=r"^pooling\.frozen_layers: the encoder has 2 layers"):
        distil_pooling(tiny_checkpoint, TEXTS, CONFIG.model_copy(update={"frozen_layers": 3}), tmp_path / "pooled")


def test_an_encoder_without_a_pooler_is_refused(tmp_path, tiny_checkpoint):
    from transformers import DistilBertConfig, DistilBertModel

    DistilBertModel(DistilBertConfig(vocab_size=90, dim=16, n_layers=1, n_heads=2, hidden_dim=32)).save_pretrained(
        tmp_path / "d"
    )
    AutoTokenizer.from_pretrained(tiny_checkpoint).save_pretrained(tmp_path / "d")
    with pytest.raises(ConfigError, match="no pooler"):
        distil_pooling(tmp_path / "d", TEXTS, CONFIG, tmp_path / "pooled")


def test_what_is_kept_has_a_place_for_each_base_and_text_and_setting(tiny_checkpoint, tmp_path):
    kept = CONFIG.model_copy(update={"keep": str(tmp_path / "kept")})
    place = pooled_at(tiny_checkpoint, TEXTS, kept, tmp_path / "otherwise")
    pooled = distil_pooling(tiny_checkpoint, TEXTS, kept, place)
    assert pooled.parent == tmp_path / "kept"
    assert pooled_at(tiny_checkpoint, TEXTS, kept, tmp_path / "otherwise") == place
    others = [
        pooled_at(pooled, TEXTS, kept, tmp_path),
        pooled_at(tiny_checkpoint, TEXTS[1:], kept, tmp_path),
        pooled_at(tiny_checkpoint, TEXTS, kept.model_copy(update={"seed": 14}), tmp_path),
    ]
    assert len({place, *others}) == 4
    assert pooled_at(tiny_checkpoint, TEXTS, CONFIG, tmp_path / "otherwise") == tmp_path / "otherwise"
