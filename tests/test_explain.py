import json
import random

import pytest

from escalate.explain import _without, explain, strongest
from escalate.predict import Predictor
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load()


def test_the_words_that_carry_the_label_weigh_most(predictor):
    text = "The rebels shelled the market on Monday."
    words = explain(predictor, text)
    assert strongest(words, 1)[0].text == "shelled"
    assert all(text[word.start : word.end] == word.text for word in words)
    assert "The" not in [word.text for word in words]


def test_a_weight_is_what_the_label_loses_without_the_word(predictor):
    text = "The rebels shelled the market."
    word = next(word for word in explain(predictor, text, "escalation") if word.text == "shelled")
    without = predictor.predict("The rebels  the market.")
    assert word.weight == pytest.approx(
        predictor.predict(text).probabilities["escalation"] - without.probabilities["escalation"], abs=1e-6
    )


def test_another_label_can_be_explained(predictor):
    text = "The rebels shelled the market after the truce."
    by_label = {label: {word.text: word.weight for word in explain(predictor, text, label)} for label in predictor.labels}
    assert by_label["escalation"]["shelled"] > by_label["de-escalation"]["shelled"]
    with pytest.raises(ValueError, match="no label 'war'"):
        explain(predictor, text, "war")


def test_a_long_text_is_searched_in_stretches_and_every_word_is_weighed(predictor):
    filler = "where farmers sold apples, barley, wool, honey, linen, copper pots, lamps, saddles, carpets and dried fish"
    words = explain(predictor, f"Rebels shelled the market, {filler}, {filler}.", "escalation")
    assert len(words) == 33
    assert "shelled" in [word.text for word in strongest(words, 3)]


class Counting:
    """A runtime that counts what it reads."""

    def __init__(self, runtime):
        self.name, self.read, self._runtime = runtime.name, 0, runtime

    def logits(self, token_ids):
        self.read += len(token_ids)
        return self._runtime.logits(token_ids)


@pytest.mark.parametrize(("words", "most"), [(1, 2), (14, 15), (15, 13), (56, 23), (100, 31), (2000, 50), (20_000, 50)])
def test_a_text_costs_few_readings_however_long(predictor, words, most):
    runtime = Counting(predictor.runtime)
    found = explain(predictor.on(runtime), " ".join(["apples"] * words), "escalation")
    assert runtime.read <= most
    assert len(found) == words or words > 100


def test_words_beyond_the_window_are_not_weighed(predictor):
    text = "Rebels shelled the market. " + "Farmers sold apples. " * 400
    words = explain(predictor, text, "escalation")
    assert predictor.predict(text).truncated
    assert not predictor.predict(text[: words[-1].start]).truncated
    assert predictor.predict(text[: words[-1].end + len(". Farmers")]).truncated
    assert "shelled" in [word.text for word in strongest(words, 3)]


@pytest.mark.parametrize(("text", "count"), [("", 0), ("...", 0), ("the of", 2)])
def test_texts_with_few_words_or_none(predictor, text, count):
    assert len(explain(predictor, text)) == count


def test_the_shipped_model_rests_on_the_top_words_more_than_on_others(predictor):
    """Faithfulness on the validation split: taking out the top words costs the label more than taking out others."""
    rows = [json.loads(line) for line in (ROOT / "data" / "sentences" / "validation.jsonl").read_text().splitlines()]
    generator = random.Random(13)
    texts = generator.sample([row["text"] for row in rows if row["label"] != "neutral"], 24)
    top: list[float] = []
    others: list[float] = []
    for text, whole in zip(texts, predictor.predict(texts), strict=True):
        words = explain(predictor, text)
        for chosen, falls in ((strongest(words), top), (generator.sample(words, min(3, len(words))), others)):
            left = predictor.predict(_without(text, sorted((word.start, word.end) for word in chosen)))
            falls.append(whole.confidence - left.probabilities[whole.label])
    assert sum(top) / len(top) > sum(others) / len(others) + 0.1
