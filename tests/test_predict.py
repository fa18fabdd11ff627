"""The contract of prediction, on a tiny network; the shipped ones have their own tests below."""

import itertools
import json
import math
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timezone

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import escalate
from escalate.bundle import shipped
from escalate.document import Prediction
from escalate.labels import LABELS
from escalate.predict import Predictor

TEXTS = ["alpha rebels fired", "the beta truce on monday", "gamma river", "", "army " * 20, "alpha beta gamma"]


@pytest.fixture(scope="module")
def predictor(tiny_bundle):
    return Predictor.load(tiny_bundle)


def rows(predictions):
    return [[found.probabilities[label] for label in LABELS] for found in predictions]


def assert_same(one, other):
    for left, right in zip(rows(one), rows(other), strict=True):
        assert left == pytest.approx(right, abs=1e-4)


def test_a_string_gives_a_prediction_and_an_iterable_a_list(predictor):
    assert isinstance(predictor.predict("alpha"), Prediction)
    for many in (TEXTS, tuple(TEXTS), iter(TEXTS), (text for text in TEXTS), dict.fromkeys(TEXTS).keys()):
        assert [found.text for found in predictor.predict(many)] == TEXTS
    assert predictor.predict([]) == []


def test_the_bias_of_the_manifest_shifts_the_odds(tiny_bundle, predictor, tmp_path):
    bundle = shutil.copytree(tiny_bundle, tmp_path / "biased")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["bias"][1] += math.log(3)
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    before, after = (found.predict("alpha beta").probabilities for found in (predictor, Predictor.load(bundle)))
    assert after["de-escalation"] / after["neutral"] == pytest.approx(3 * before["de-escalation"] / before["neutral"])
    assert after["escalation"] / after["neutral"] == pytest.approx(before["escalation"] / before["neutral"])


def test_the_labels_word_decides(predictor):
    found = predictor.predict(["alpha rebels fired", "beta truce", "gamma river"])
    assert [prediction.label for prediction in found] == list(LABELS)


def test_probabilities_are_a_distribution_over_all_labels(predictor):
    for found in predictor.predict(TEXTS):
        assert tuple(found.probabilities) == LABELS
        assert math.isclose(sum(found.probabilities.values()), 1, abs_tol=1e-6)
        assert -1 <= found.score <= 1
        assert found.empty or found.label == max(found.probabilities, key=lambda label: found.probabilities[label])


@pytest.mark.parametrize("batch_size", [1, 2, 5, 1000])
def test_the_batch_size_changes_nothing(predictor, batch_size):
    assert_same(predictor.predict(TEXTS), predictor.predict(TEXTS, batch_size=batch_size))


def test_order_and_company_change_nothing(predictor):
    for order in itertools.islice(itertools.permutations(range(len(TEXTS))), 0, 720, 97):
        shuffled = predictor.predict([TEXTS[i] for i in order])
        assert_same(shuffled, [predictor.predict(TEXTS[i]) for i in order])


def test_threads_change_nothing(tiny_bundle, predictor):
    assert_same(predictor.predict(TEXTS), Predictor.load(tiny_bundle, threads=1).predict(TEXTS))
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(predictor.predict, [TEXTS] * 8):
            assert_same(found, predictor.predict(TEXTS))


@pytest.mark.parametrize("wrong", [None, b"bytes", 3, float("nan"), ["nested"]])
def test_what_is_no_string_is_an_error_that_names_its_position(predictor, wrong):
    with pytest.raises(TypeError, match=r"texts\[2\] is .*must be a str"):
        predictor.predict(["a", "b", wrong])


def test_the_position_counts_over_batches(predictor):
    with pytest.raises(TypeError, match=r"texts\[7\]"):
        predictor.predict(["a"] * 7 + [None], batch_size=3)


@pytest.mark.parametrize("wrong", [None, b"bytes", 3, {"text": "a"}])
def test_what_is_no_iterable_of_strings_is_refused_at_once(predictor, wrong):
    with pytest.raises(TypeError, match="expected an iterable of strings"):
        predictor.predict(wrong)


def test_settings_that_cannot_be_are_refused(predictor, tiny_bundle):
    with pytest.raises(ValueError, match="batch_size must be positive"):
        predictor.predict(["a"], batch_size=0)
    with pytest.raises(ValueError, match="batch_size must be positive"):
        predictor.predict("a", batch_size=0)
    with pytest.raises(ValueError, match="threads must be a positive"):
        Predictor.load(tiny_bundle, threads=0)
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="abstain_below must lie between 0 and 1"):
            Predictor.load(tiny_bundle, abstain_below=wrong)


def test_a_stream_may_be_endless(predictor):
    stream = predictor.iter((f"alpha {number}" for number in itertools.count()), batch_size=4)
    assert [found.text for found in itertools.islice(stream, 10)] == [f"alpha {number}" for number in range(10)]


def broken():
    yield from ["alpha"] * 10
    raise OSError("the source is gone")


@pytest.mark.parametrize("batch_size", [4, 5, 256])
@pytest.mark.parametrize(("texts", "error"), [(lambda: ["alpha"] * 10 + [None], TypeError), (broken, OSError)])
def test_what_a_stream_read_before_an_error_is_handed_out_first(predictor, texts, error, batch_size):
    stream = predictor.iter(texts(), batch_size=batch_size)
    assert len(list(itertools.islice(stream, 10))) == 10
    with pytest.raises(error, match=r"texts\[10\] is None|the source is gone"):
        next(stream)


def test_equal_predictions_have_equal_hashes(predictor):
    first, second = (predictor.predict("alpha rebels") for _ in range(2))
    assert len({first, second, predictor.article("alpha rebels"), predictor.article("alpha rebels")}) == 2


def test_a_stream_takes_no_more_than_a_batch_ahead(predictor):
    taken = itertools.count()
    stream = predictor.iter(("alpha" for _ in iter(lambda: next(taken), None)), batch_size=4)
    next(stream)
    assert next(taken) == 4


@pytest.mark.parametrize("blank", ["", "   ", "\n\t", "\x00\x1f", "\u200b", "\ud800"])
def test_a_text_without_anything_readable_is_neutral_flagged_and_as_sure_as_the_training_shares(predictor, blank):
    found = predictor.predict(blank)
    assert (found.label, found.empty, found.truncated) == ("neutral", True, False)
    assert list(found.probabilities.values()) == list(predictor.bundle.manifest.prior)


def test_a_text_longer_than_the_window_is_flagged_and_one_that_just_fits_is_not(predictor):
    window = predictor.bundle.manifest.max_tokens
    assert not predictor.predict("army " * (window - 2)).truncated
    assert predictor.predict("army " * (window - 1)).truncated


@pytest.mark.parametrize(
    "text", ["战争爆发", "حرب", "🕊️🔥", "a\ud800b", "x\x00y", "e\u0301" * 50, "A" * 1_000_000, "word " * 200_000]
)
def test_any_string_survives(predictor, text):
    found = predictor.predict(text)
    assert found.text == text
    assert math.isclose(sum(found.probabilities.values()), 1, abs_tol=1e-6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=80), min_size=1, max_size=6))
def test_every_string_gives_the_same_alone_and_in_company(predictor, texts):
    assert_same(predictor.predict(texts), [predictor.predict(text) for text in texts])


def test_a_predictor_flags_what_it_is_less_sure_of_than_asked_and_leaves_the_rest_as_it_is(tiny_bundle, predictor):
    plain = predictor.predict(TEXTS)
    threshold = sorted(found.confidence for found in plain)[3]
    flagged = Predictor.load(tiny_bundle, abstain_below=threshold).predict(TEXTS)
    assert [found.abstained for found in flagged] == [found.confidence < threshold for found in plain]
    assert not any(found.abstained for found in plain)
    assert [(found.label, found.probabilities) for found in flagged] == [(found.label, found.probabilities) for found in plain]


def test_an_article_counts_its_abstentions(tiny_bundle):
    text = "The alpha rebels fired. Gamma river."
    sure, never = (Predictor.load(tiny_bundle, abstain_below=threshold).article(text) for threshold in (0.0, 1.0))
    assert (sure.abstained, never.abstained) == (0, 2)
    assert never.counts == sure.counts
    assert never.to_dict()["abstained"] == 2
    assert all(sentence["abstained"] for sentence in never.to_dict()["sentences"])


def test_an_article_is_read_sentence_by_sentence_with_offsets(predictor):
    text = "date 2024-04-14 The alpha rebels fired. The beta truce held.\n\nGamma river."
    found = predictor.article(text, title="News")
    assert [sentence.label for sentence in found.sentences] == list(LABELS)
    assert [text[sentence.start : sentence.end] for sentence in found.sentences] == [s.text for s in found.sentences]
    assert (found.date, found.title, found.sentences[0].text) == ("2024-04-14", "News", "The alpha rebels fired.")
    assert predictor.article(text, date="2020-01-01").date == "2020-01-01"


def test_an_article_may_be_empty_and_must_be_text_with_a_real_date(predictor):
    assert predictor.article("").sentences == ()
    with pytest.raises(TypeError, match="an article must be a str"):
        predictor.article(None)
    for wrong in ("yesterday", "20240414", "2024-W15-7", "2024-04-31"):
        with pytest.raises(ValueError, match=r"day"):
            predictor.article("Text.", date=wrong)


@pytest.mark.parametrize(
    "day",
    ["2024-04-14", date(2024, 4, 14), datetime(2024, 4, 14, 23, 30, tzinfo=timezone.utc), pd.Timestamp("2024-04-14 08:30")],
)
def test_an_article_takes_a_date_as_time_lines_do(predictor, day):
    assert predictor.article("2020-01-01 Text.", day).date == "2024-04-14"


@pytest.mark.parametrize(("day", "error"), [(20240414, TypeError), (pd.NaT, ValueError)])
def test_an_article_refuses_what_is_no_date(predictor, day, error):
    with pytest.raises(error, match=r"a date must be|expected a day"):
        predictor.article("Text.", day)


def test_an_article_in_another_language_is_read_and_says_so(predictor):
    text = "2024-04-14\n\nDie Rebellen haben am Abend die Vororte beschossen. Die Regierung kündigte eine harte Antwort an."
    found = predictor.article(text)
    assert (found.language, found.to_dict()["language"], len(found.sentences)) == ("de", "de", 2)
    assert predictor.article("The alpha rebels fired. The beta truce held.").language is None


# The shipped bundles


@pytest.mark.parametrize("bundle", shipped())
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Rebels shelled the outskirts of the capital for a third night.", "escalation"),
        ("Both armies stopped firing at midnight under the truce.", "de-escalation"),
        ("The museum will reopen in spring after two years of repairs.", "neutral"),
    ],
)
def test_the_shipped_models_get_plain_cases_right(text, label, bundle):
    assert Predictor.load(bundle).predict(text).label == label


def test_the_shipped_model_reads_lists_and_articles():
    assert [found.text for found in escalate.predict(["One.", "Two."])] == ["One.", "Two."]
    assert len(escalate.article("Rebels shelled the capital. Talks resume on Monday.").sentences) == 2


@pytest.mark.parametrize("bundle", shipped())
def test_the_shipped_models_do_not_depend_on_the_batch(bundle):
    texts = ["Rebels shelled the capital.", "Rain is expected. " * 30, "", "Talks resumed in Geneva on Monday."] * 3
    predictor = Predictor.load(bundle)
    assert_same(predictor.predict(texts), [predictor.predict(text) for text in texts])
    assert_same(predictor.predict(texts[::-1], batch_size=2)[::-1], predictor.predict(texts))
