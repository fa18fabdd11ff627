from datetime import date, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.articles.article import FIELDS, Article, distinct, sequence
from escalate.errors import DataError

VALUES = st.text(max_size=8) | st.floats() | st.integers() | st.sampled_from([None, pd.NA, pd.NaT, True])


def test_what_tables_have_for_nothing_means_unknown():
    nothing = {"title": None, "date": float("nan"), "source": pd.NA, "conflict": pd.NaT, "id": ""}
    assert Article.of({"text": "x", **nothing}, "article-1", "article 1") == Article("article-1", "x")


def test_an_id_may_be_a_number_and_a_time_stamp_is_its_day():
    found = Article.of({"id": 0, "text": "x", "date": "2024-04-05T08:00:00Z"}, "article-1", "article 1")
    assert (found.id, found.date) == ("0", "2024-04-05")


LATE = "2024-04-05T23:30:00-05:00"


@pytest.mark.parametrize(
    "day",
    [date(2024, 4, 5), datetime(2024, 4, 5, 23), datetime.fromisoformat(LATE), pd.Timestamp("2024-04-05"), pd.Timestamp(LATE)],
)
def test_dates_and_time_stamps_stand_for_the_day_written_in_them(day):
    assert Article.of({"text": "x", "date": day}, "a", "article 1").date == "2024-04-05"


def test_a_date_on_the_first_line_counts_where_no_other_is_given():
    text = "2024-04-14\nRebels shelled the town."
    assert Article.of({"text": text, "date": None}, "a", "article 1").date == "2024-04-14"
    assert Article.of({"text": text, "date": "2024-04-15"}, "a", "article 1").date == "2024-04-15"


DAY = "2024-04-15"


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"date": f"{DAY}T08:00:00Z"}, {"date": f"{DAY}T20:00:00Z"}),
        ({"date": f"{DAY} 08:00"}, {"date": f"{DAY} 08:00:30.5"}),
        ({"date": f"{DAY}T09:00:00+05:30"}, {"date": f"{DAY}T04:00:00Z"}),
        ({"date": f"{DAY}T04:00:00 UTC"}, {"date": f"{DAY}T00:00:00-0430"}),
        ({"date": datetime(2024, 4, 15, 8)}, {"date": pd.Timestamp("2024-04-15 20:00")}),
        ({"text": f"{DAY} 08:00\nTwo."}, {"text": f"{DAY}T20:00Z\nOne."}),
        ({"date": DAY, "text": f"{DAY} 08:00\nTwo."}, {"date": DAY, "text": f"{DAY}T20:00Z\nOne."}),
        ({"date": DAY, "text": "2024-04-14 20:00\nOne."}, {"date": DAY, "text": "2024-04-14T08:00\nTwo."}),
        ({"date": f"{DAY}T23:30:00-05:00"}, {"date": "2024-04-16"}),
        ({"date": DAY}, {"date": f"{DAY}T00:00"}),
        ({"date": f"{DAY}T23:00"}, {}),
        ({"id": "row-9"}, {"id": "row-10"}),
        ({"id": "row-10", "text": "One."}, {"id": "row-9", "text": "Two."}),
    ],
)
def test_articles_come_in_the_sequence_of_their_days_and_times_then_of_what_they_say(earlier, later):
    one, other = (Article.of({"text": "x", **fields}, "a", "article 1") for fields in (earlier, later))
    assert sorted([other, one], key=sequence) == sorted([one, other], key=sequence) == [one, other]


def test_a_time_that_is_none_tells_nothing():
    assert Article.of({"text": "x", "date": f"{DAY}T noon"}, "a", "article 1").time == ""
    assert sequence(Article("a", "x", date=DAY, time="noon")) == sequence(Article("a", "x", date=DAY))


def test_lone_surrogates_are_replaced():
    found = Article.of({"id": "a\ud800", "text": "x\udfff.", "source": "\ud800"}, "a", "article 1")
    assert (found.id, found.text, found.source) == ("a\ufffd", "x\ufffd.", "\ufffd")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "x", "date": "04/05/2024"}, "article 3: expected an ISO 'date'"),
        ({"text": "x", "date": "2024-04"}, "article 3: expected an ISO 'date'"),
        ({"text": "x", "date": "20240405"}, "article 3: expected an ISO 'date'"),
        ({"text": "x", "date": "2024-W15-7"}, "article 3: expected an ISO 'date'"),
        ({"text": "x", "date": 20240405}, "article 3: field 'date' must be a string, not int"),
        ({"text": "x", "title": 3}, "article 3: field 'title' must be a string, not int"),
        ({"text": "x", "id": ["a"]}, "article 3: field 'id' must be a string, not list"),
        ({"text": "x", "headline": "y"}, "article 3: unknown field 'headline'; known are id, text"),
        ({"title": "x"}, "article 3: expected an object with 'text'; there are 'title'"),
        ({"text": None}, "article 3: expected an object with 'text'; there are no fields"),
    ],
)
def test_what_is_no_article_is_named(fields, message):
    with pytest.raises(DataError, match=message):
        Article.of(fields, "article-3", "article 3")


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_fields_make_an_article_of_strings_or_a_data_error(fields):
    try:
        found = Article.of(fields, "a", "article 1")
    except DataError:
        return
    assert found.id
    assert all(isinstance(getattr(found, name), str) for name in FIELDS if name != "date")
    assert "".join(getattr(found, name) or "" for name in FIELDS).encode()


def test_articles_with_the_same_id_are_named_by_their_places():
    with pytest.raises(DataError, match=r"a.csv: row 3: the same id 'x' as a.csv: row 1; ids must be unique"):
        distinct([("a.csv: row 1", Article("x", "")), ("a.csv: row 2", Article("y", "")), ("a.csv: row 3", Article("x", ""))])
