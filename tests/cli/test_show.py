"""What the tables and lines of the command line say, with texts as the news has them."""

import csv
import io
import json
import unicodedata
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from escalate.cli import figures, show
from escalate.document import ArticlePrediction, Prediction, SentencePrediction
from escalate.labels import LABELS
from tests.cli.test_cli import run

BRACKETS = st.lists(st.sampled_from(["[they]", "[sic]", "[/i]", "[bold]", ":cross:", "word"]), min_size=1, max_size=3).map(
    " ".join
)


def shown(show_it, *arguments):
    with redirect_stdout(io.StringIO()) as screen:
        show_it(*arguments)
    return screen.getvalue()


def test_an_article_with_brackets_is_printed_as_it_is(tmp_path):
    (tmp_path / "a.txt").write_text("He said [they] would attack [sic]. Rebels shelled [/i] the town.")
    found = run("article", tmp_path / "a.txt", "--title", "Fire [/b] on [them]").stdout
    assert found.splitlines()[0] == "Fire [/b] on [them]"
    assert "He said [they] would attack [sic]." in found
    assert found.count("Rebels shelled [/i] the town.") == 2


@given(st.text(alphabet='a,"\r\n ', max_size=12))
def test_csv_reads_back_whatever_stands_in_a_text(text):
    chances = dict(zip(LABELS, (0.9, 0.06, 0.04), strict=True))
    rows = csv.DictReader(io.StringIO(shown(show.write_csv, [Prediction(text, "escalation", chances)] * 2, LABELS), newline=""))
    assert [(row["text"], row["label"]) for row in rows] == [(text, "escalation")] * 2


@example("[/i]", "[/b]")
@settings(deadline=None, max_examples=30)
@given(BRACKETS, BRACKETS)
def test_nothing_in_a_text_or_title_is_markup(text, title):
    chances = dict(zip(LABELS, (0.9, 0.06, 0.04), strict=True))
    sentence = SentencePrediction(text=text, label="escalation", probabilities=chances)
    lines = shown(show.article, ArticlePrediction((sentence,), LABELS, title=title), [text])
    assert lines.splitlines()[0] == title
    assert lines.count(text) >= 3
    assert "interval" not in lines


HOSTILE = "shelled the \x1b]0;PWNED\x07capital \x1b[31mred\x1b[2J\x9b1m\x7f\x00 now"


@pytest.mark.parametrize("place", ["text", "title", "label"])
def test_a_text_cannot_command_the_terminal(place):
    label = HOSTILE if place == "label" else "escalation"
    sentence = SentencePrediction(text=HOSTILE if place == "text" else "x", label=label, probabilities={label: 1.0})
    found = ArticlePrediction((sentence,), (label,), title=HOSTILE if place == "title" else None)
    lines = shown(show.article, found)
    assert "\N{REPLACEMENT CHARACTER}]0;PWNED" in lines
    assert not [character for character in lines if unicodedata.category(character) == "Cc" and character != "\n"]


def test_a_message_cannot_command_the_terminal():
    assert "\N{REPLACEMENT CHARACTER}]0;red.txt: cannot be read" in run("timeline", "\x1b]0;red.txt", code=1).stderr


def test_json_and_csv_keep_a_text_as_it_is():
    assert json.loads(run("predict", "a \x1b[31m \x9b b").stdout)["text"] == "a \x1b[31m \x9b b"
    assert "a \x1b[31m \x9b b," in run("predict", "--format", "csv", "a \x1b[31m \x9b b").stdout


def test_a_path_with_brackets_is_named_as_it_is():
    figure = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "auroc": None, "support": 1}
    found = {
        "bundle": "[/b]", "rows": 1, "articles": 1, "unclear": 0, "per_class": {"[war]": figure}, "confusion": [[1]],
        "intervals": {"f1_[war]": (1.0, 1.0)},
    }  # fmt: skip
    lines = shown(figures.print_result, found, Path("news[1]/[/i].jsonl"))
    assert "[/b] on news[1]/[/i].jsonl: 1 sentences" in lines
    assert "said [war]" in lines


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("screen", [io.StringIO(), Terminal()])
def test_figures_of_many_labels_are_whole_and_their_confusion_is_shown_where_it_fits(monkeypatch, screen):
    labels = [f"material cooperation {number}" for number in range(20)]
    figure = {"precision": 0.123, "recall": 0.456, "f1": 0.789, "auroc": 0.987, "support": 54321}
    found = {
        "bundle": "b", "rows": 1, "articles": 1, "unclear": 0, "per_class": dict.fromkeys(labels, figure),
        "confusion": [[7] * 20] * 20, "intervals": {f"f1_{label}": (0.111, 0.222) for label in labels},
    }  # fmt: skip
    for name, value in {"COLUMNS": "72", "LINES": "50", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    with redirect_stdout(screen):
        figures.print_result(found, Path("a.jsonl"))
    lines = screen.getvalue().splitlines()
    numbers = "0.123 0.456 0.789 0.111-0.222 0.987 54321"
    assert sum(numbers in " ".join(line.split()) for line in lines) == 20
    assert not any("…" in line for line in lines)
    assert any("said material cooperation 19" in line for line in lines) != screen.isatty()
    assert any("too wide" in line for line in lines) == screen.isatty()


def test_help_names_the_extra_that_is_needed():
    assert 'extra "ray"' in " ".join(run("score", "--help").stdout.split())
