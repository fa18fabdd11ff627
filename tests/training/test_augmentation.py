import random

from transformers import AutoTokenizer, TrainerControl, TrainerState, TrainingArguments

from escalate.evaluation.swap import replaceable_states
from escalate.training.augmentation import Epochs, SwappingCollator, variants

TEXT = "Ghana recalled its envoy after Peruvian police searched the mission in Lima."


def test_every_state_of_a_variant_is_another_one():
    made = variants(TEXT, 3, random.Random(0))
    assert len(made) == len(set(made)) == 3
    for text in made:
        assert len(replaceable_states(text)) == 2
        assert not {"Ghana", "Peru"} & set(replaceable_states(text))
        assert "recalled its envoy after" in text


def test_a_sentence_without_states_has_no_variants():
    assert variants("Rebels shelled the outskirts of the town.", 3, random.Random(0)) == []


def test_the_collator_takes_a_variant_as_often_as_asked(tiny_checkpoint):
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    rows = [
        {"input_ids": [2, 5, 3], "labels": 1, "variants": [[2, 6, 6, 3]]},
        {"input_ids": [2, 5, 3], "labels": 0, "variants": []},
    ]
    never, always = (SwappingCollator(tokenizer, share, seed=0)(rows) for share in (0.0, 1.0))
    assert never["input_ids"].tolist() == [[2, 5, 3], [2, 5, 3]]
    assert always["input_ids"].tolist() == [[2, 6, 6, 3], [2, 5, 3, 0]]
    assert always["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert always["labels"].tolist() == [1, 0]


def test_a_run_that_goes_on_draws_the_swaps_of_an_undisturbed_one(tiny_checkpoint, tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    rows = [{"input_ids": [2, 5 + row, 3], "variants": [[2, 40, 3], [2, 41, 3]]} for row in range(32)]

    def drawn(collator, epoch):
        state = TrainerState(epoch=float(epoch))
        Epochs(collator).on_epoch_begin(TrainingArguments(str(tmp_path), use_cpu=True), state, TrainerControl())
        return collator(rows)["input_ids"].tolist()

    whole, later = SwappingCollator(tokenizer, 0.5, seed=1), SwappingCollator(tokenizer, 0.5, seed=1)
    epochs = [drawn(whole, epoch) for epoch in range(2)]
    assert epochs[0] != epochs[1] == drawn(later, 1)
    assert drawn(SwappingCollator(tokenizer, 0.5, seed=2), 1) != epochs[1]
    # Whatever rows stand beside it.
    rows.reverse()
    assert drawn(later, 1) == epochs[1][::-1]
