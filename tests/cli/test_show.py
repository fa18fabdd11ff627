"""What the tables and lines of the command line say, with texts as the news has them."""

import io
from contextlib import redirect_stdout
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from escalate.cli import figures, show
from escalate.document import ArticlePrediction, SentencePrediction
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


def test_a_path_with_brackets_is_named_as_it_is():
    figure = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "auroc": None, "support": 1}
    found = {
        "bundle": "[/b]", "rows": 1, "articles": 1, "unclear": 0, "per_class": {"[war]": figure}, "confusion": [[1]],
        "intervals": {"f1_[war]": (1.0, 1.0)},
    }  # fmt: skip
    lines = shown(figures.print_result, found, Path("news[1]/[/i].jsonl"))
    assert "[/b] on news[1]/[/i].jsonl: 1 sentences" in lines
    assert "said [war]" in lines


def test_help_names_the_extra_that_is_needed():
    assert 'extra "ray"' in " ".join(run("score", "--help").stdout.split())
