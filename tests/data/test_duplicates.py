import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.data.diversity import diversity
from escalate.data.duplicates import near_duplicates

LONG = "The two delegations met again in Geneva on Friday after a break of seven weeks, the mediator said."


def test_a_sentence_with_a_word_changed_is_found_and_another_is_not():
    other = "Gunmen stopped a bus on the coast road at dawn and led away four of its passengers."
    (pair,) = near_duplicates([LONG, other, LONG.replace("Friday", "Sunday")], 0.5)
    assert (pair.first, pair.second) == (0, 2)
    assert 0.5 <= pair.jaccard < 1


def test_short_sentences_may_repeat():
    assert not list(near_duplicates(["Good evening.", "Good evening."], 0.5))


@given(
    st.lists(
        st.sampled_from(["the", "army", "moved", "river", "border", "talks", "truce", "on", "monday", "north", "again"]),
        min_size=6,
        max_size=30,
    )
)
def test_a_sentence_is_always_found_equal_to_itself(words):
    text = " ".join(words)
    assert [pair.jaccard for pair in near_duplicates([text, text.upper()], 0.7)] == [1.0]


def test_diversity_tells_stock_phrases_from_varied_prose():
    stock = [f"In a statement the ministry said that it had taken note of event {number}." for number in range(20)]
    found = diversity(stock)
    assert found["commonest_opening"] == {"phrase": "in a statement", "share": 1.0}
    assert found["commonest_fivegram"]["share"] == 1.0
    assert found["distinct_trigrams"] < 0.2
    assert found["number"] == 1.0
    assert found["quotation"] == 0.0
    assert diversity([LONG])["distinct_trigrams"] == 1.0


def test_a_larger_corpus_of_the_same_prose_is_as_varied():
    words = random.Random(1)
    prose = [" ".join(words.choices(string.ascii_lowercase, k=5)) for _ in range(60_000)]
    small, large = diversity(prose[:20_000]), diversity(prose)
    assert large["distinct_trigrams"] == pytest.approx(small["distinct_trigrams"], rel=0.05)
