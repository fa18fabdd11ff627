import pytest

from escalate.delimiter import separated


@pytest.mark.parametrize(
    ("first", "delimiter"),
    [
        ("id,text", ","),
        ("a;b,text", ","),
        ("text", ","),
        ("id;text", ";"),
        ('"id";"text";"a, b"', ";"),
        ("id\ttext", "\t"),
        ("id;a,text b", ","),
        ("id|text", ","),
        ('"id', ","),
    ],
)
def test_commas_win_where_the_wanted_column_is_found_with_them(first, delimiter):
    found = separated(iter([f"{first}\n", "next"]), ["text"])
    assert (found.delimiter, list(found.lines), found.before) == (delimiter, [f"{first}\n", "next"], 0)


def test_an_empty_file_has_no_lines():
    assert list(separated(iter([]), ["text"]).lines) == []


@pytest.mark.parametrize(("first", "delimiter"), [("sep=;\r\n", ";"), ('"SEP=|"\n', "|"), ("sep=\t", "\t")])
def test_a_first_line_that_names_what_separates_is_no_row(first, delimiter):
    found = separated(iter([first, "id,text"]), ["text"])
    assert (found.delimiter, list(found.lines), found.before) == (delimiter, ["id,text"], 1)
