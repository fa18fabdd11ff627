import pytest

from escalate.articles.article import Article
from escalate.errors import ConfigError
from escalate.predict import Predictor
from escalate.readings import Weights, read
from escalate.server.batching import BatchedRuntime

ATTACK = "Rebels attacked the northern capital with rockets and killed many people on Monday."
FRENCH = (
    "Les rebelles ont bombardé hier soir les faubourgs de la capitale et tué quatre personnes. Le gouvernement a annoncé une "
    "réponse très ferme. Selon une agence de presse, les combats continuent dans le nord du pays depuis trois jours."
)


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load()


def test_a_sentence_is_no_copy_of_one_in_an_article_that_is_in_no_series(predictor):
    foreign = Article(id="foreign", text=f"{FRENCH}\n\n{ATTACK}", date="2024-01-01")
    undated = Article(id="undated", text=f"Nobody knows of which day this page is. {ATTACK}")
    english = Article(id="english", text=f"The shelling went on through the night. {ATTACK}", date="2024-01-02")
    found = {reading.article.id: reading for reading in read([foreign, undated, english], predictor)}
    assert found["foreign"].language == "fr"
    assert [sentence.copy_of for sentence in found["english"].sentences] == [None, None]
    assert [sentence.copies for sentence in found["english"].sentences] == [0, 0]


def test_an_undated_article_is_no_copy_of_a_dated_one(predictor):
    dated, undated = Article(id="dated", text=ATTACK, date="2010-05-01"), Article(id="undated", text=ATTACK)
    found = read([undated, dated], predictor)
    assert [(reading.article.id, reading.copies) for reading in found] == [("dated", ()), ("undated", ())]


def test_sentences_that_recur_every_few_days_are_news_again_after_a_week(predictor):
    bodies = ["Buses ran late in the harbour.", "The mayor opened a school.", "Rain fell on the hills.", "A bridge was shut."]
    articles = [
        Article(id=f"a{day}", text=f"{ATTACK} {body}", date=f"2024-01-{day:02}")
        for day, body in zip((1, 6, 11, 16), bodies, strict=True)
    ]
    assert [reading.sentences[0].copy_of for reading in read(articles, predictor)] == [None, "a1/0", None, "a11/0"]


def test_copies_are_sought_among_all_or_within_each_source(predictor):
    articles = [Article(id=name, text=ATTACK, date="2024-01-01", source=name[0]) for name in ("a1", "a2", "b1")]
    assert [(reading.article.id, reading.copies) for reading in read(articles, predictor)] == [("a1", ("a2", "b1"))]
    found = read(articles, predictor, apart="source")
    assert [(reading.article.id, reading.copies) for reading in found] == [("a1", ("a2",)), ("b1", ())]
    with pytest.raises(ConfigError, match="apart='town' is not one of"):
        read(articles, predictor, apart="town")


def test_a_headline_that_holds_nothing_readable_does_not_count(predictor):
    text = "The museum reopens in spring."
    for title in ("\u200b", "  ", "\u2026"):
        (reading,) = read([Article(id="a", text=text, title=title, date="2024-01-01")], predictor)
        assert [sentence.place for sentence in reading.sentences] == ["lead"]


def test_what_the_model_cannot_read_counts_nowhere(predictor):
    unread = "\ufe70"
    assert predictor.predict(unread).empty
    (reading,) = read([Article(id="a", text=f"{ATTACK}\n\n{unread}", date="2024-01-01")], predictor)
    assert [sentence.prediction.text for sentence in reading.sentences] == [ATTACK]


def test_sentences_of_copies_are_counted_as_copies(predictor):
    articles = [Article(id=f"a{n}", text=f"{ATTACK} Rain fell.", title="Attack", date="2024-01-01") for n in range(20)]
    (reading,) = read(articles, predictor)
    assert (len(reading.copies), [sentence.copies for sentence in reading.sentences]) == (19, [19, 19, 19])


@pytest.mark.parametrize(
    "headline",
    ["Rebels shell the capital", "REBELS shell\n the capital.", "Rebels shell the capital. Army answers!"],
)
@pytest.mark.parametrize("date", ["", "2024-01-01\n\n"])
def test_a_headline_that_the_text_repeats_is_read_once_and_is_no_lead(predictor, headline, date):
    title = " ".join(headline.split()).rstrip(".!").title()
    article = Article(id="a", text=f"{date}{headline}\n\n{ATTACK} Rain fell.", title=title)
    found = [(sentence.id, sentence.place, sentence.prediction.text) for sentence in read([article], predictor)[0].sentences]
    below = [("a/0", "lead", ATTACK), ("a/1", "body", "Rain fell.")]
    assert found == [("a/headline", "headline", title), *below]
    unread = read([article], predictor, Weights(headline=0))[0].sentences
    assert [(sentence.id, sentence.place, sentence.prediction.text) for sentence in unread] == below


def test_a_lead_that_only_begins_like_the_headline_is_read(predictor):
    article = Article(id="a", text="Rebels shell the capital again. Rain fell.", title="Rebels shell the capital")
    assert [sentence.place for sentence in read([article], predictor)[0].sentences] == ["headline", "lead", "body"]


def ending_after(calls):
    left = iter(range(calls))
    return lambda _: next(left)


def test_whoever_watches_can_end_the_work_before_the_model_is_asked_and_after(predictor):
    asked: list[int] = []
    seen: list[int] = []
    runtime = BatchedRuntime(predictor.runtime, observe=asked.append)
    texts = [f"Column {n} left town {n} at dawn. Rain fell on hill {n}." for n in range(10, 20)]
    articles = [Article(id=str(day), text=text, date=f"2024-01-{day}") for day, text in enumerate(texts, start=10)]
    readings = read(articles, predictor.on(runtime), watch=seen.append)
    sentences = sum(len(reading.sentences) for reading in readings)
    assert max(seen) == sum(asked) == sentences == 20
    assert len(seen) >= 2 * len(articles) + sentences
    for calls, read_before in ((len(articles), []), (len(seen) - 1, [20])):
        asked.clear()
        with pytest.raises(StopIteration):
            read(articles, predictor.on(runtime), watch=ending_after(calls))
        assert asked == read_before
    runtime.close()
