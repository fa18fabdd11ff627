import itertools
import re
import textwrap
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.text import normalise, sentence_hash, sentences, split_date_line

ARTICLE_PIECES = st.lists(
    st.sampled_from(
        [
            "The army",
            " moved",
            ". ",
            "! ",
            "? ",
            "… ",
            "\n\n",
            "\n",
            ' "',
            '" ',
            "”",
            "“",
            "U.S. ",
            "Gen. ",
            "5 p.m. ",
            ": ",
            "7.5",
            "    ",
        ]
    ),
    max_size=40,
).map("".join)


def split(text):
    return [text[span.start : span.end] for span in sentences(text)]


@given(st.one_of(ARTICLE_PIECES, st.text(max_size=300)))
def test_spans_are_ordered_disjoint_and_lose_no_letter_or_digit(text):
    spans = sentences(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    kept = "".join(char for span in spans for char in text[span.start : span.end] if char.isalnum())
    assert kept == "".join(char for char in text if char.isalnum())


@given(st.text(max_size=300))
def test_a_sentence_has_no_space_at_its_ends(text):
    assert all(piece == piece.strip() for piece in split(text))


def test_abbreviations_ranks_initials_and_numbers_do_not_end_a_sentence():
    assert split("Gen. A. K. Khan met U.S. officials at 5 p.m. Monday. He paid $1.5 million, i.e. too much.") == [
        "Gen. A. K. Khan met U.S. officials at 5 p.m. Monday.",
        "He paid $1.5 million, i.e. too much.",
    ]


@pytest.mark.parametrize(
    "after", ["The army denied it.", "They left.", "Only two survived.", "On Monday it rained.", "NATO denied it."]
)
@pytest.mark.parametrize("clock", ["5 p.m.", "11:30 a.m."])
def test_a_sentence_may_end_in_a_time_of_day(clock, after):
    assert split(f"The shelling began at {clock} {after}") == [f"The shelling began at {clock}", after]


@pytest.mark.parametrize(
    "after", ["Monday", "on Monday", "today", "Nov. 29", "May 3", "local time", "GMT", "UTC", "EDT Friday"]
)
@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_what_belongs_to_a_time_of_day_stays_with_it(after, case):
    text = case(f"The shelling began at 5 p.m. {after}.")
    assert split(text) == [text]


@pytest.mark.parametrize(("opening", "closing"), ['""', "“”"])
def test_a_quotation_of_several_sentences_is_split_and_keeps_its_marks(opening, closing):
    text = f"{opening}We will fight. We will win,{closing} he said. {opening}Stop!{closing} she cried. It ended."
    assert split(text) == [
        f"{opening}We will fight.",
        f"We will win,{closing} he said.",
        f"{opening}Stop!{closing} she cried.",
        "It ended.",
    ]


def test_an_ellipsis_between_quoted_pieces_belongs_to_no_sentence():
    assert split("Talks failed, officials said. … The envoy left.") == ["Talks failed, officials said.", "The envoy left."]


def test_a_colon_before_a_paragraph_ends_a_sentence_and_one_within_it_does_not():
    assert split("The envoy was blunt:\n\nThe talks are over: there is nothing to discuss.") == [
        "The envoy was blunt:",
        "The talks are over: there is nothing to discuss.",
    ]


def test_lines_wrapped_to_a_width_are_one_paragraph_and_long_lines_are_paragraphs():
    assert split("The army moved\ntoward the river.") == ["The army moved\ntoward the river."]
    headline, body = "Army moves on river", "The army moved " + "slowly " * 20 + "toward the river."
    assert split(f"{headline}\n{body}") == [headline, body]


@pytest.mark.parametrize("line", ["Source: https://www.example.com/" + "a" * 300, "x" * 400, "Keywords: " + "war, " * 30])
def test_one_long_line_does_not_make_a_wrapped_text_one_of_long_lines(line):
    wrapped = (
        "Rebel forces shelled the capital for a third night on Friday and\n"
        "killed twelve people in the old market, officials said. The\n"
        "government closed the border and vowed to retaliate within hours."
    )
    first, second, last = split(f"{wrapped}\n\n{line}\n")
    assert (first[:12], first[-5:], second[:5], second[-6:]) == ("Rebel forces", "said.", "The\ng", "hours.")
    assert line.startswith(last)


PARAGRAPHS = [
    "Rebel forces shelled the capital for a third night on Friday and killed twelve people in the old market, officials said. "
    "The government closed the border and vowed to retaliate within hours, while envoys of both sides, who had met in Geneva "
    "before, accused each other of having broken the truce first. Nobody answered the telephone in the palace on Sunday, when "
    "columns of lorries with refugees reached the bridge and waited there for the soldiers to let them pass to the other bank.",
    "“We will not be the first to stop,” a commander told reporters at the bridge, where some refugees had waited since dawn.",
]


@pytest.mark.parametrize("between", ["\n\n", "\n"])
@pytest.mark.parametrize("width", [60, 100, 125, 140, 160])
def test_lines_of_any_width_that_break_off_within_sentences_are_one_paragraph(width, between):
    wrapped = between.join(textwrap.fill(paragraph, width) for paragraph in PARAGRAPHS)
    assert [piece.split() for piece in split(wrapped)] == [piece.split() for piece in split("\n\n".join(PARAGRAPHS))]


def test_wide_lines_that_end_as_sentences_do_are_paragraphs():
    assert split("\n".join([*PARAGRAPHS, "Photo: AFP"]))[-2:] == [PARAGRAPHS[1], "Photo: AFP"]


EVENTS = ["Russia fires 40 missiles at Kyiv", "Both sides sign a truce in Geneva", "U.S. officials to meet on Friday"]


def items(marks):
    return [f"{mark} {event}" for mark, event in zip(marks, EVENTS, strict=True)]


@pytest.mark.parametrize("between", ["\n", "\n\n", "\r\n", "\n  "])
@pytest.mark.parametrize("marks", ["14:05 14:20 9:10", "1. 2. 3.", "(1) (2) (3)", "9) 10) 11)"])
def test_each_item_of_a_list_or_live_blog_is_read_by_itself_with_its_number_or_time(marks, between):
    assert split(between.join(["The day so far:", *items(marks.split())])) == ["The day so far:", *items(marks.split())]


@pytest.mark.parametrize("bullet", "-*–•·")
def test_each_item_with_a_bullet_is_read_by_itself_and_without_it(bullet):
    assert split("\n".join(items([bullet] * 3))) == EVENTS


def test_a_time_of_day_may_be_one_of_twelve_hours():
    blog = ["8:30 a.m. Russia fires missiles", "9:10 pm Both sides sign a truce"]
    assert split("\n".join(blog)) == blog


def test_a_number_belongs_to_what_it_counts():
    assert split("1. Rebels bombed it. They left.\n\n2. A truce.") == ["1. Rebels bombed it.", "They left.", "2. A truce."]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The talks – the third\n- and last – round in Geneva\n- ended.", 1),
        ("The truce was signed on May\n12. It held.", 2),
        ("The shelling began at\n14:05 on Monday.", 1),
        ("The shelling lasted from\n14:05 to\n16:20 on Monday.", 1),
        ("Talks of the Soviet\n- American kind failed.", 1),
    ],
)
def test_a_line_of_running_text_may_begin_with_a_dash_number_or_time(text, count):
    assert len(split(text)) == count


def test_a_state_after_a_party_is_one_abbreviation():
    text = "Sen. Graham, R-S.C., objected. Rep. Smith, D-N.Y., left. The talks ended."
    assert split(text) == ["Sen. Graham, R-S.C., objected.", "Rep. Smith, D-N.Y., left.", "The talks ended."]


def test_lower_cased_agency_text_is_split():
    text = "president cerezo is safe.    the farm was attacked by guerrillas. col isaacs denied it."
    assert len(split(text)) == 3


def test_empty_and_blank_texts_have_no_sentences():
    assert [split(text) for text in ("", " \n\n ", "...", '" "')] == [[], [], [], []]


def test_offsets_survive_characters_outside_the_basic_plane_and_lone_surrogates():
    text = "🕊️ Peace came. \ud800 War went."
    assert split(text) == ["🕊️ Peace came.", "\ud800 War went."]


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text):
    assert normalise(normalise(text)) == normalise(text)


def test_normalising_drops_controls_and_joins_space():
    assert normalise(" a\x00b\u200b\tc\n\ud800 ﬁre ") == "a b c fire"


@pytest.mark.parametrize("end", ["-\n", "-\r\n", "- \n  ", "\u2010\n"])
def test_normalising_joins_a_word_that_is_hyphenated_at_the_end_of_a_line(end):
    assert normalise(f"Rebels bom{end}bed the pro{end}Russian camp") == f"Rebels bombed the pro{end[0]} Russian camp"
    assert normalise(f"bom{end}\nbed") == f"bom{end[0]} bed"


def test_letters_of_another_script_become_latin_in_words_that_are_otherwise_latin():
    assert normalise("Thе rеbеls ѕhelled Кyiv, Αthens аnd Łódź") == "The rebels shelled Kyiv, Athens and Łódź"
    for untouched in ("Атака на Киев", "Επίθεση στην Αθήνα", "5 μm", "a русский text"):
        assert normalise(unicodedata.normalize("NFKC", untouched)) == unicodedata.normalize("NFKC", untouched)


@given(st.text(alphabet="abеоаіο\u0301\u0308 x", max_size=30))
def test_normalising_twice_changes_nothing_more_in_mixed_scripts(text):
    assert normalise(normalise(text)) == normalise(text)


MARKS = st.lists(st.sampled_from(["a", "â", "α", "\u0301", "\u0316", "\u0344", "\uff9e"]), max_size=120).map("".join)


@given(MARKS)
def test_normalising_twice_changes_nothing_more_however_many_marks_are_stacked(text):
    assert normalise(normalise(text)) == normalise(text)


def test_of_stacked_marks_thirty_at_a_time_are_put_in_order_and_none_is_lost():
    assert normalise("x" + "\u0301\u0316" * 15) == "x" + "\u0316" * 15 + "\u0301" * 15
    stacked = normalise("x" + "\u0301\u0316" * 40)
    assert [len(run) for run in stacked[1:].split("\u034f")] == [30, 30, 20]


ORDINARY = "Rebels shelled the town at dawn. “They came by night,” he said, and left at 5 p.m. Monday.\n"
LONGEST = 100_000


def seconds(text):
    began = time.process_time()
    split_date_line(text), sentences(text), normalise(text)
    return time.process_time() - began


@pytest.mark.parametrize(
    "text",
    [
        "2024-04-14 08:30" + " " * LONGEST + "x",
        "date" + " " * LONGEST + "x",
        "date:" + " " * LONGEST + "x",
        "a" + "\u0316\u0301" * (LONGEST // 2),
        "\u0301\uff9e" * (LONGEST // 2),
        '"a b." he said. ' * (LONGEST // 16),
        "‘a. " * (LONGEST // 4),
        "'a.' " * (LONGEST // 5),
        "\ufdfa" * LONGEST,
    ],
    ids=[
        "time and spaces",
        "date and spaces",
        "colon",
        "marks",
        "kana marks",
        "lower case",
        "quotations",
        "apostrophes",
        "expanding",
    ],
)
def test_no_text_takes_much_longer_than_an_ordinary_one_of_its_length(text):
    ordinary = min(seconds(ORDINARY * (LONGEST // len(ORDINARY))) for _ in range(2))
    assert seconds(text) < 20 * ordinary


def test_a_paragraph_of_any_length_is_split_where_its_sentences_end():
    pieces = [f"Column {number} crossed the river." for number in range(3000)]
    assert split(" ".join(pieces)) == pieces
    assert split("x" * 50_000 + ". " + pieces[0]) == ["x" * 50_000 + ".", pieces[0]]


def test_the_hash_ignores_case_space_and_quote_style_only():
    assert sentence_hash("He said “no”.") == sentence_hash('he  said "NO".')
    assert sentence_hash("He said no.") != sentence_hash("He said no!")
    assert re.fullmatch("[0-9a-f]{16}", sentence_hash(""))


@pytest.mark.parametrize(
    ("text", "date", "rest"),
    [
        (" date 2024-04-14 Joe spoke.", "2024-04-14", "Joe spoke."),
        ("2024-04-14\n\nJoe spoke.", "2024-04-14", "Joe spoke."),
        ("\ufeff2024-04-14\r\nJoe spoke.", "2024-04-14", "Joe spoke."),
        ("Date: 2024-04-14 - Joe spoke.", "2024-04-14", "Joe spoke."),
        ("2024-04-14T08:30:00Z\nJoe spoke.", "2024-04-14", "Joe spoke."),
        ("2024-04-14T08:30:00.250+02:00: Joe spoke.", "2024-04-14", "Joe spoke."),
        ("2024-04-14 08:30\nJoe spoke.", "2024-04-14", "Joe spoke."),
        ("date 2024-04-14, 08:30 UTC\n12:30 passed.", "2024-04-14", "12:30 passed."),
        ("2024-04-14 08:30 Zambia voted.", "2024-04-14", "Zambia voted."),
        ("2024-04-14\n08:30 passed.", "2024-04-14", "08:30 passed."),
        ("2024-04-14 300 people fled.", "2024-04-14", "300 people fled."),
        ("2024-13-45 Joe spoke.", None, "2024-13-45 Joe spoke."),
        ("Joe spoke on 2024-04-14.", None, "Joe spoke on 2024-04-14."),
        ("2024-04-145 Joe", None, "2024-04-145 Joe"),
    ],
)
def test_a_date_is_taken_from_the_start_of_the_first_line_only(text, date, rest):
    found, start = split_date_line(text)
    assert (found, text[start:]) == (date, rest)
