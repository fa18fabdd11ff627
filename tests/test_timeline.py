import json
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import escalate
from escalate.articles.article import Article
from escalate.errors import BundleError, ConfigError, DataError
from escalate.predict import Predictor
from escalate.readings import Weights, read
from escalate.report.export import write_frame
from escalate.series import course
from escalate.timeline import build, of_readings

TEXTS = [
    "Rebels shelled the town for a second night. India accused Pakistan of firing across the border.",
    "Indian jets bombed a camp beyond the frontier at dawn. Pakistan vowed to answer the raid with force.",
    "Pakistani gunners killed four soldiers on the ridge. India expelled three diplomats in return.",
    "Troops stormed two villages and burned the bridge. Pakistan threatened to close its airspace to India.",
    "India and Pakistan agreed on a ceasefire after midnight. Both armies pulled back under the truce.",
    "Pakistan released eleven captured Indian sailors. Talks between the two foreign ministers resumed in Muscat.",
    "India lifted its blockade of the river port. Envoys of Pakistan accepted the terms of the mediator.",
    "The two governments signed a peace accord. India and Pakistan withdrew their guns from the valley.",
]

GERMAN = (
    "Die Rebellen haben am Abend die Vororte der Hauptstadt beschossen und vier Menschen getötet. Die Regierung kündigte eine "
    "harte Antwort an."
)


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load()


@pytest.fixture(scope="module")
def articles():
    return [Article(id=f"a{day}", text=text, date=f"2019-03-0{day}", source="Wire") for day, text in enumerate(TEXTS, start=1)]


@pytest.fixture(scope="module")
def readings(articles, predictor):
    copy = Article(id="copy", text=articles[0].text, date="2019-03-02", source="Paper")
    undated = Article(id="undated", text="The market reopened in the rain on a quiet morning.", title="Market open")
    return read([*articles, copy, undated], predictor)


def test_copies_are_read_once_and_counted(readings):
    first = readings[0]
    assert (first.article.id, first.copies) == ("a1", ("copy",))
    assert len(readings) == 9


def test_sentences_have_places_offsets_weights_and_actors(readings):
    lead, second = readings[0].sentences
    text = readings[0].article.text
    assert (lead.place, lead.weight, second.place, second.weight) == ("lead", 2.0, "body", 1.0)
    assert text[second.start : second.end] == second.prediction.text
    assert [actor.code for actor in second.actors] == ["IND", "PAK"]
    headline = readings[-1].sentences[0]
    assert (headline.id, headline.start, headline.weight) == ("undated/headline", None, 2.0)
    low, high = readings[0].interval
    assert low <= readings[0].score <= high
    assert sum(readings[0].shares.values()) == pytest.approx(1)


def test_a_sentence_that_repeats_another_articles_is_marked_and_left_out_of_series(predictor):
    shared = "The two delegations met again in Geneva on Friday after a break of seven weeks."
    first = Article(id="x", text=f"{shared} Rain fell all day on the lake and on the roofs.", date="2020-01-01")
    second = Article(id="y", text=f"Buses were late because of the long strike in town. {shared}", date="2020-01-03")
    later = Article(id="z", text=f"Nobody had thought of it for months, a clerk said. {shared}", date="2020-06-01")
    found = read([second, first, later], predictor)
    assert found[0].sentences[0].copies == 1
    assert found[1].sentences[1].copy_of == "x/0"
    assert found[2].sentences[1].copy_of is None
    assert "y/1" not in of_readings(found).sentences["sentence"].tolist()


def test_the_index_turns_where_the_articles_do(readings):
    found = of_readings(readings)
    assert found.undated == ("undated",)
    (change,) = found.changes
    assert (change.period, change.direction) == ("2019-03-05", "down")
    texts = {sentence.id: sentence.prediction.text for reading in readings for sentence in reading.sentences}
    assert change.sentences
    assert "ceasefire" in " ".join(texts[id_] for id_ in change.sentences)
    row = found.periods.iloc[4]
    assert (row["change"], json.loads(row["carriers"])) == ("down", list(change.sentences))


def test_articles_in_another_language_are_in_no_series_and_named_with_their_copies(articles, predictor, tmp_path):
    german = [Article(id=name, text=GERMAN, date="2019-03-01") for name in ("german", "german-copy")]
    found = build([*articles, *german], predictor=predictor)
    assert found.foreign == ("german", "german-copy")
    assert [reading.language for reading in found.readings if reading.article.id == "german"] == ["de"]
    assert "german" not in found.sentences["article"].tolist()
    pd.testing.assert_frame_equal(found.periods, escalate.timeline(articles, predictor=predictor))
    write_frame(found, tmp_path / "t.json")
    assert json.loads((tmp_path / "t.json").read_text())["foreign"] == ["german", "german-copy"]
    with pytest.raises(DataError, match="1 of 1 articles have a date, 1 are in another language"):
        build(german[:1], predictor=predictor)


def test_every_number_follows_from_the_sentences_of_its_period(readings):
    found = of_readings(readings)
    for row in found.periods.to_dict("records"):
        part = found.sentences[found.sentences["period"] == row["period"]]
        up, down = (part[name] * part["weight"] for name in ("escalation", "de_escalation"))
        assert row["index"] == pytest.approx(100 * (up.sum() - down.sum()) / (up.sum() + down.sum() + 2))
        assert row["score"] == pytest.approx((up.sum() - down.sum()) / part["weight"].sum())
        assert row["sentences"] == row["escalation"] + row["de_escalation"] + row["neutral"] == len(part)
        assert np.isnan(row["index_low"])
    assert found.periods["reports"].tolist()[:3] == [1, 2, 1]


def test_series_by_country_and_pair(readings):
    assert set(of_readings(readings, "country").periods["series"]) == {"India", "Pakistan"}
    pairs = of_readings(readings, "dyad")
    assert set(pairs.periods["series"]) == {"India – Pakistan"}
    assert pairs.periods["neutral"].sum() == 0
    with pytest.raises(ConfigError, match=r"apart='source'"):
        of_readings(readings, "source")


AGENCY = (
    "Rebels shelled the capital for a third night and killed at least twelve people in the old market. The government vowed to "
    "retaliate within hours and closed the border to all traffic."
)


@pytest.mark.parametrize("by", ["source", "conflict"])
def test_what_two_sources_print_or_two_conflicts_share_counts_in_each(predictor, by):
    names = ("Agency", "Beta Post", "Beta Post", "")
    rows = [{"text": AGENCY, "date": f"2024-04-1{day}", by: name} for day, name in enumerate(names)]
    found = build(rows, by, "M", predictor=predictor).periods.set_index("series")
    assert found["articles"].to_dict() == {"Agency": 1, "Beta Post": 1, "unnamed": 1}
    assert found["reports"].to_dict() == {"Agency": 1, "Beta Post": 2, "unnamed": 1}
    assert found["escalation"].nunique() == 1
    assert build(rows, predictor=predictor).periods["reports"].tolist() == [1]


def test_sentences_that_two_sources_share_count_in_each(predictor):
    first, second = "Rain fell all day on the lake and on the roofs.", "Buses were late because of the long strike in town."
    rows = [
        {"text": f"{AGENCY} {first * 4}", "date": "2024-04-12", "source": "Agency"},
        {"text": f"{second * 4} {AGENCY}", "date": "2024-04-12", "source": "Beta Post"},
    ]
    assert build(rows, "source", predictor=predictor).periods["escalation"].tolist() == [2, 2]
    assert build(rows, predictor=predictor).periods["escalation"].tolist() == [2]


def test_a_copy_is_a_report_of_its_own_period(predictor):
    other = "The museum of natural history reopened in the spring after long repairs to its famous glass roof."
    rows = [
        {"text": text, "date": date} for text, date in ((AGENCY, "2024-04-30"), (AGENCY, "2024-05-02"), (other, "2024-05-03"))
    ]
    found = build(rows, freq="M", predictor=predictor).periods
    assert found[["articles", "reports"]].to_numpy().tolist() == [[1, 1], [1, 2]]


def test_periods_of_one_article_and_draws_that_are_equal_have_no_interval(readings, predictor, tmp_path):
    bounds = ["score_low", "score_high", "index_low", "index_high"]
    assert of_readings(readings).periods[bounds].isna().all(axis=None)
    for row in of_readings(readings, freq="M").periods.to_dict("records"):
        assert row["index_low"] < row["index"] < row["index_high"]
        assert row["score_low"] < row["score"] < row["score_high"]
    twice = [{"text": "Rebels shelled it.", "date": "2020-01-01"}, {"text": "Rebels shelled it.", "date": "2020-01-01"}]
    found = build(twice, predictor=predictor)
    assert (found.periods["articles"].tolist(), found.periods[bounds].isna().all(axis=None)) == ([2], True)
    for name in ("t.csv", "t.json"):
        write_frame(found, tmp_path / name)
    assert pd.read_csv(tmp_path / "t.csv")[bounds].isna().all(axis=None)
    assert [json.loads((tmp_path / "t.json").read_text())["periods"][0][name] for name in bounds] == [None] * 4


def test_a_row_takes_little_time():
    ids = [f"a{number % 3}/{number}" for number in range(300)]
    frame = pd.DataFrame({"article": [id_[:2] for id_ in ids], "sentence": ids, "label": "escalation", "weight": 1.0})
    frame = frame.assign(escalation=0.8, de_escalation=0.1, period=pd.date_range("2020-01-01", periods=100).repeat(3))
    began = time.process_time()
    rows = [row for name in "abcde" for row in course(name, frame, {}, "D")[0]]
    assert len(rows) == 500
    assert time.process_time() - began < 2


def test_a_round_up_that_only_repeats_others_is_a_report_of_its_period(predictor):
    one, other = AGENCY.split(". ", 1)
    bridge = "The army opened the bridge over the river for lorries with food and medicine on Sunday morning."
    rows = [
        {"id": "a", "text": f"{one}. {other}", "date": "2024-04-14"},
        {
            "id": "b",
            "text": f"{bridge} Nobody crossed it before noon because of the heavy rain in the hills.",
            "date": "2024-04-14",
        },
        {"id": "round-up", "text": f"{bridge} {one}.", "date": "2024-04-15"},
        {"id": "round-up 2", "text": f"{bridge} {one}.", "date": "2024-04-15"},
        {"id": "c", "text": "Talks between the two foreign ministers resumed.", "date": "2024-04-15"},
    ]
    found = build(rows, predictor=predictor)
    assert found.periods[["articles", "reports"]].to_numpy().tolist() == [[2, 2], [1, 3]]
    assert [(reading.article.id, reading.copies) for reading in found.readings if reading.copies] == [
        ("round-up", ("round-up 2",))
    ]


def test_every_copy_can_be_traced_in_json(predictor, tmp_path):
    rows = [{"id": id_, "text": AGENCY, "date": f"2024-04-1{day}"} for day, id_ in enumerate("abc", start=4)]
    write_frame(build(rows, predictor=predictor), tmp_path / "t.json")
    assert json.loads((tmp_path / "t.json").read_text())["copies"] == [
        {"article": "b", "date": "2024-04-15", "copy_of": "a"},
        {"article": "c", "date": "2024-04-16", "copy_of": "a"},
    ]


def test_ids_with_spaces_are_told_apart_among_the_carriers(articles, predictor, tmp_path):
    found = build([replace(article, id=f"{article.id}, page 1") for article in articles], predictor=predictor)
    write_frame(found, tmp_path / "t.csv")
    (carriers,) = pd.read_csv(tmp_path / "t.csv")["carriers"].dropna()
    assert json.loads(carriers) == list(found.changes[0].sentences)
    assert all(id_.partition("/")[0].endswith(", page 1") for id_ in found.changes[0].sentences)


def test_whoever_watches_is_told_the_size_and_can_end_the_work(readings):
    seen: list[int] = []
    found = of_readings(readings, "country", watch=seen.append)
    assert max(seen) == len(found.sentences)
    with pytest.raises(ZeroDivisionError):
        of_readings(readings, watch=lambda entries: entries // (entries < 3))


def test_weeks_and_months(readings):
    assert of_readings(readings, freq="W").periods["period"].dt.strftime("%Y-%m-%d").tolist() == ["2019-02-25", "2019-03-04"]
    assert len(of_readings(readings, freq="M").periods) == 1


def test_results_do_not_depend_on_the_order_of_the_articles(articles, predictor):
    forth, back = (escalate.timeline(order, predictor=predictor) for order in (articles, articles[::-1]))
    pd.testing.assert_frame_equal(forth, back)


def test_of_two_versions_of_a_day_the_earlier_one_is_read_whatever_their_order_and_names(predictor):
    text = f"{AGENCY} The mediators of the African Union had asked both sides to keep to the terms of the accord of last spring"
    evening, morning = (
        {"text": f"{text}, {who} said.", "date": f"2024-04-15T{hour}:00:00Z"} for who, hour in (("a guard", 20), ("an aide", 8))
    )
    for rows in ([evening, morning], [morning, evening], [Article.of(evening, "a", ""), Article.of(morning, "b", "")]):
        (reading,) = build(rows, predictor=predictor).readings
        assert "aide" in reading.article.text


def test_a_time_line_without_ids_does_not_depend_on_the_order_of_the_articles(predictor):
    rows = [{"text": f"{AGENCY} {n} shells fell on the bridge, witnesses said.", "date": "2024-04-15"} for n in range(12)]
    forth, back = (build(order, predictor=predictor) for order in (rows, rows[::-1]))
    assert [reading.article.text for reading in forth.readings] == [reading.article.text for reading in back.readings]
    pd.testing.assert_frame_equal(forth.periods, back.periods)


def test_dictionaries_are_taken_and_weights_count(predictor):
    rows = [{"text": "Rebels shelled the town. The museum reopens in spring.", "date": "2020-01-01"}]
    plain = escalate.timeline(rows, predictor=predictor, weights=Weights(1, 1, 1))
    heavy = escalate.timeline(rows, predictor=predictor, weights=Weights(1, 5, 1))
    assert heavy["score"][0] > plain["score"][0]


def test_what_cannot_be_done_is_said(readings, predictor):
    with pytest.raises(ConfigError, match=r"by='town'.*freq='Y'"):
        of_readings(readings, "town", "Y")
    with pytest.raises(DataError, match="0 of 1 articles have a date"):
        escalate.timeline([{"text": "One."}], predictor=predictor)
    for wrong in ({"lead": 0}, {"lead": float("nan")}, {"headline": float("inf")}):
        with pytest.raises(ConfigError, match="weights must be positive"):
            Weights(**wrong)


def test_a_model_with_other_labels_is_refused(predictor):
    manifest = replace(predictor.bundle.manifest, labels=("war", "peace", "neutral"))
    other = Predictor(replace(predictor.bundle, manifest=manifest), predictor.runtime, predictor._tokenizer)
    with pytest.raises(BundleError, match=r"a time line needs the labels .*; this bundle has war, peace, neutral"):
        escalate.timeline([ONE], predictor=other)


ONE = {"text": "Rebels shelled the town.", "date": "2020-01-01"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([ONE, {**ONE, "date": "04/05/2024"}], "article 2: expected an ISO 'date'"),
        ([Article("a", "Rebels shelled the town.", date="2024-04")], "article 1: expected an ISO 'date'"),
        ([{**ONE, "date": "0004-01-01"}], "article 1: the date 0004-01-01 lies outside of 1700 to 2199"),
        ([{**ONE, "id": "article-2"}, ONE], "article 2: the same id 'article-2' as article 1"),
        ([{**ONE, "headline": "x"}], "article 1: unknown field 'headline'"),
    ],
)
def test_what_is_no_article_is_said_before_anything_is_read(predictor, given, message):
    with pytest.raises(DataError, match=message):
        escalate.timeline(given, predictor=predictor)


def test_gaps_of_a_table_are_unknown_fields(predictor):
    rows = pd.DataFrame([{**ONE, "conflict": "border", "title": "Shells"}, ONE]).to_dict("records")
    assert escalate.timeline(rows, "conflict", predictor=predictor)["series"].tolist() == ["border", "unnamed"]


def test_a_table_and_a_string_are_refused_with_what_to_pass(predictor):
    for wrong, message in [
        (pd.DataFrame([ONE]), r"not a DataFrame; pass its rows, for pandas table.to_dict\('records'\)"),
        ("Rebels shelled the town.", "not str; pass dictionaries"),
        (ONE, "not dict; pass dictionaries"),
        (["Rebels shelled the town."], "article 1 is of type str; pass an Article or a dictionary"),
        (None, "not NoneType"),
    ]:
        with pytest.raises(TypeError, match=message):
            escalate.timeline(wrong, predictor=predictor)


def test_days_are_taken_from_time_stamps_and_first_lines(predictor):
    table = pd.DataFrame({"text": ["One.", "2024-04-14\nTwo.", "Three."], "date": pd.to_datetime(["2024-04-13", None, None])})
    found = build(table.to_dict("records"), predictor=predictor)
    assert found.periods["period"].dt.strftime("%Y-%m-%d").tolist() == ["2024-04-13", "2024-04-14"]
    assert found.undated == ("article-3",)


def test_csv_parquet_and_json_hold_the_same_rows(readings, tmp_path):
    found = of_readings(readings)
    for name in ("t.csv", "t.parquet", "t.json"):
        write_frame(found, tmp_path / name)
    assert pd.read_csv(tmp_path / "t.csv")["index"].tolist() == pytest.approx(found.periods["index"].tolist())
    assert pd.read_parquet(tmp_path / "t.parquet")["carriers"].tolist() == found.periods["carriers"].tolist()
    content = json.loads((tmp_path / "t.json").read_text())
    assert content["changes"][0]["direction"] == "down"
    assert content["undated"] == ["undated"]
    known = {sentence["id"] for sentence in content["sentences"]}
    assert all(set(row["sentence"]) <= known for row in content["membership"])
    with pytest.raises(ConfigError, match="unknown kind of file"):
        write_frame(found, tmp_path / "t.xlsx")
