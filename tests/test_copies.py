import random
import time
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.copies import DAYS, SAME, originals
from escalate.shingles import shingles

REPORT = "Rebels fired rockets at the northern capital on Monday and killed nine people in the market, officials said."


def days(*numbers):
    return [(date(2024, 1, 1) + timedelta(days=number)).isoformat() for number in numbers]


def test_the_same_words_within_a_week_are_a_copy_and_later_are_news_again():
    assert originals([REPORT] * 4, days(0, 7, 8, 15)) == [0, 0, 2, 2]


def test_a_chain_of_copies_does_not_outlast_the_week_of_its_first():
    found = originals([REPORT] * 20, days(*range(0, 100, 5)))
    assert found == [row - row % 2 for row in range(20)]


def test_a_copy_is_near_its_original_and_not_only_another_copy():
    words = [f"word{number}" for number in range(100)]
    texts = [" ".join([*words[: 100 - changed], *(f"other{n}" for n in range(changed))]) for changed in (0, 15, 30)]
    assert originals(texts, days(0, 1, 2)) == [0, 0, 2]


def test_texts_without_a_date_copy_none_and_are_copied_by_none():
    assert originals([REPORT] * 4, [*days(0), None, None, *days(1)]) == [0, 1, 2, 0]


def test_texts_of_one_owner_are_no_copies_of_each_other():
    assert originals([REPORT] * 4, days(0, 0, 1, 1), ["a", "a", "b", "b"]) == [0, 1, 0, 0]


def test_what_an_owner_says_again_copies_what_it_copied_before():
    assert originals([REPORT] * 6, days(0, 0, 0, 1, 1, 9), list("abbabb")) == [0, 0, 0, 3, 0, 5]


def seconds(texts, owners=None):
    began = time.process_time()
    originals(texts, days(0) * len(texts), owners)
    return time.process_time() - began


def test_an_owner_who_repeats_one_sentence_takes_no_longer_than_one_who_says_something_else_each_time():
    different = [" ".join(f"{word}{number}" for word in REPORT.split()) for number in range(3000)]
    owner = ["a"] * 3000
    seconds(different[:10], owner[:10])
    assert seconds([REPORT] * 3000, owner) < seconds(different, owner)


def test_texts_that_all_nearly_copy_each_other_take_no_longer_than_different_ones():
    frame = "The foreign ministry said on {} that the government in the capital had rejected the proposal of the mediators {}."
    near = [frame.format(f"day{number}", f"again{number}") for number in range(3000)]
    one, other = map(shingles, near[:2])
    assert 0.5 < len(one & other) / len(one | other) < SAME
    different = [" ".join(f"{word}{number}" for word in near[0].split()) for number in range(3000)]
    seconds(different[:10])
    assert seconds(near) < 2 * seconds(different)


def test_a_few_words_may_stand_anywhere():
    assert originals(["Good evening to you all."] * 2, days(0, 0)) == [0, 1]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3), st.sampled_from("abc")), max_size=12))
def test_every_copy_stands_within_the_limits_of_an_original(rows):
    rows = sorted(rows)
    texts = [REPORT.replace("Monday", "Monday" + " and Tuesday" * more) for _, more, _ in rows]
    dates, owners = days(*(day for day, *_ in rows)), [owner for *_, owner in rows]
    for row, first in enumerate(originals(texts, dates, owners)):
        if row != first:
            one, other = shingles(texts[row]), shingles(texts[first])
            assert first < row
            assert originals(texts, dates, owners)[first] == first
            assert owners[first] != owners[row]
            assert rows[row][0] - rows[first][0] <= DAYS
            assert len(one & other) / len(one | other) >= SAME


def test_a_text_is_a_copy_exactly_where_the_jaccard_index_says_so():
    draw = random.Random(13)
    texts, expected = [], []
    for pair in range(300):
        words = [f"pair{pair}word{number}" for number in range(draw.randint(20, 45))]
        changed = [f"new{number}" if draw.random() < 0.06 else word for number, word in enumerate(words)]
        texts += [" ".join(words), " ".join(changed)]
        one, other = map(shingles, texts[-2:])
        expected += [2 * pair, 2 * pair + (len(one & other) / len(one | other) < SAME)]
    assert 50 < sum(row != first for row, first in enumerate(expected)) < 250
    assert originals(texts, days(0) * len(texts)) == expected


def test_what_is_not_alike_is_an_original_that_others_may_copy():
    turned = REPORT.replace("killed", "rescued")
    said = [REPORT, turned, REPORT, turned]
    assert originals(said, days(0, 0, 1, 1), alike=lambda row, other: said[row] == said[other]) == [0, 1, 0, 1]


def test_texts_of_two_groups_are_no_copies_of_each_other():
    assert originals([REPORT] * 5, days(0, 0, 1, 1, 1), groups=["a", "b", "a", "b", "c"]) == [0, 1, 0, 1, 4]
