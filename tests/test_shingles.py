import pytest

from escalate.shingles import is_short, jaccard, shingles


def test_shingles_are_trigrams_or_the_words_of_a_short_text():
    assert shingles("One two three four") == {"one two three", "two three four"}
    assert shingles("One two") == {"one", "two"}


@pytest.mark.parametrize(("text", "short"), [("", True), ("Good evening to you all.", True), ("It is not so at all.", False)])
def test_a_text_of_fewer_than_six_words_is_short(text, short):
    assert is_short(text) == short


@pytest.mark.parametrize(("first", "second", "index"), [("ab", "ab", 1), ("ab", "cd", 0), ("abc", "bcd", 0.5), ("", "a", 0)])
def test_the_jaccard_index_is_the_share_of_what_two_sets_have_in_common(first, second, index):
    assert jaccard(frozenset(first), frozenset(second)) == index
