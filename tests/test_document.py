import pytest

from escalate.document import ArticlePrediction, Prediction, SentencePrediction, mean_score
from escalate.labels import LABELS


def sentence(label, confidence, start=0):
    others = (1 - confidence) / 2
    probabilities = {name: confidence if name == label else others for name in LABELS}
    return SentencePrediction(text=f"{label} {start}", label=label, probabilities=probabilities, start=start, end=start + 5)


@pytest.fixture
def article():
    found = (sentence("escalation", 0.7, 0), sentence("neutral", 0.9, 10), sentence("escalation", 0.8, 20))
    return ArticlePrediction(sentences=found, labels=LABELS, date="2024-04-14", title="A title")


def test_the_score_is_escalation_minus_de_escalation():
    assert Prediction("x", "escalation", {"escalation": 0.7, "de-escalation": 0.2, "neutral": 0.1}).score == pytest.approx(0.5)


def test_a_bundle_with_other_labels_has_score_zero():
    assert Prediction("x", "spam", {"spam": 0.9, "ham": 0.1}).score == 0


def test_counts_list_every_label(article):
    assert article.counts == {"escalation": 2, "de-escalation": 0, "neutral": 1}


def test_the_strongest_come_first_and_carry_the_label(article):
    assert [found.start for found in article.strongest("escalation")] == [20, 0]
    assert article.strongest("escalation", 1) == [article.sentences[2]]
    assert article.strongest("de-escalation") == []
    with pytest.raises(ValueError, match="escalation, de-escalation, neutral"):
        article.strongest("war")


def test_the_articles_score_is_the_mean_of_its_sentences(article):
    assert article.score == pytest.approx(mean_score(article.sentences))
    assert ArticlePrediction(sentences=(), labels=LABELS).score == 0


def test_one_sentence_has_no_interval(article):
    alone = ArticlePrediction(article.sentences[:1], LABELS)
    assert (alone.interval, alone.to_dict()["interval"]) == (None, None)
    low, high = article.interval
    assert low < article.score < high


def test_plain_values_hold_everything(article):
    plain = article.to_dict()
    assert plain["date"] == "2024-04-14"
    assert plain["language"] is None
    assert plain["strongest"] == {"escalation": [2, 0], "de-escalation": []}
    assert plain["sentences"][2]["start"] == 20
    assert set(plain["sentences"][0]) == {
        "start",
        "end",
        "text",
        "label",
        "score",
        "probabilities",
        "truncated",
        "empty",
        "abstained",
    }
