from escalate.articles.article import Article
from escalate.benchmarks.history import CRISES, Crisis, check, follow
from escalate.predict import Predictor
from escalate.readings import read

TEXTS = {
    "2001-01-01": "Rebels shelled the town. The army vowed to strike back within days.",
    "2001-01-02": "The army bombed two villages. Gunmen killed nine men at the ford.",
    "2001-01-05": "Both sides signed a ceasefire. The guns were pulled back from the river.",
    "2001-01-06": "The rebels freed forty prisoners. Peace talks resumed in the capital.",
    "2009-01-01": "A veteran remembered the bombs. Tanks rolled in and fired on the crowd.",
}


def test_the_index_before_and_after_a_documented_day_is_compared():
    articles = [Article(id=date, text=text, date=date, conflict="C") for date, text in TEXTS.items()]
    crisis = Crisis("C", "2001-01-01", "2001-12-31", "2001-01-04", "truce")
    found = check(follow(read(articles, Predictor.load(), apart="conflict"), crisis), crisis, "test")
    assert (found["before"]["articles"], found["after"]["articles"]) == (2, 2)
    assert found["turned"]
    assert found["steepest"] == "2001-01-05"
    assert found["difference"]["index"] < -50


def test_the_crises_are_dated_within_their_windows():
    assert all(crisis.since < crisis.turn < crisis.until for crisis in CRISES)
