import pytest

from escalate.errors import DataError
from escalate.labels import LABELS
from escalate.report.markdown import (
    between_marks,
    comparison_table,
    evaluation_table,
    fill,
    history_sentence,
    slices_table,
    with_age,
)
from tests.report.results import evaluation


def figures(macro_f1):
    return {
        "rows": 10, "articles": 2, "macro_f1": macro_f1, "accuracy": 0.5, "calibration_error": 0.1,
        "per_class": {label: {"f1": 0.25} for label in LABELS},
        "intervals": {"macro_f1": [0.1, 0.9], **{f"f1_{label}": [0.2, 0.3] for label in LABELS}},
    }  # fmt: skip


def test_the_table_ranks_the_models_and_says_where_it_comes_from():
    models = {"low": figures(0.3), "high": figures(0.8)}
    results = {"models": models, "data": {"a.jsonl": "f" * 64}, "command": "run", "seed": 13, "bundles": {"small": "b" * 64}}
    table = comparison_table(results, LABELS)
    lines = table.splitlines()
    assert lines[2].startswith("| high | 0.800 [0.100, 0.900] | 0.250 [0.200, 0.300] |")
    assert lines[3].startswith("| low |")
    for part in ("10 sentences of 2 articles", "`run`", "seed 13", "`a.jsonl` ffffffffffff", "bundle small bbbbbbbbbbbb"):
        assert part in lines[-1]


def test_an_evaluation_is_a_table_of_figures_that_says_where_it_comes_from():
    table = evaluation_table(evaluation())
    for line in (
        "| macro-F1 | 0.250 [0.200, 0.300] |",
        "| F1 of escalation | 0.550 [0.400, 0.600] |",
        "| precision, recall of escalation | 0.500, 0.600 |",
        "| AUROC of escalation | 0.900 [0.800, 0.950] |",
        "| accuracy when 91% are answered (abstain below 0.55) | 0.800 |",
        "| contrast sets: sentences, whole groups of 9 | 0.700, 0.400 |",
        "| neutral sentences, 30 on conflict, 20 on cooperation: AUROC of the score | 0.900 [0.850, 0.950] |",
        "| neutral sentences, 30 on conflict, 20 on cooperation: sign of the score right | 0.800 [0.700, 0.900] |",
        "| labels kept under: typos (40 sentences) | 0.950 [0.900, 1.000] |",
        "| labels flipped when a state is swapped (10 sentences; goal: at most 0.02, not met) | 0.050 [0.010, 0.090] |",
    ):
        assert line in table
    assert "AUROC of neutral" not in table
    assert table.splitlines()[-1].startswith("1,234 sentences of 56 articles;")
    assert "bundle bbbbbbbbbbbb" in table


def test_a_slice_without_a_figure_has_a_dash_and_one_without_an_interval_the_figure():
    lines = slices_table(evaluation()).splitlines()
    assert lines[2] == "| region: Asia | 4 | 0.500 [0.300, 0.700] | 0.400 [0.200, 0.600] |"
    assert lines[3] == "| region: Europe | 4 | 0.500 | – |"


def test_content_goes_between_its_marks_and_nowhere_else():
    document = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n"
    assert between_marks(document, "x", "new \\1") == "a\n<!-- x -->\nnew \\1\n<!-- /x -->\nb\n"
    with pytest.raises(DataError, match="0 times"):
        between_marks(document, "y", "new")


def test_a_document_is_filled_in_wholly_or_not_at_all(tmp_path):
    document = tmp_path / "a.md"
    document.write_text("<!-- x -->\nold\n<!-- /x -->\n")
    before = tmp_path / "before.md"
    before.hardlink_to(document)
    with pytest.raises(DataError, match="0 times"):
        fill(document, {"x": "new", "y": "new"})
    assert document.read_text() == before.read_text()
    fill(document, {"x": "new"})
    assert document.read_text() == "<!-- x -->\nnew\n<!-- /x -->\n"
    # The new file took the old one's place in one step.
    assert "old" in before.read_text()


def test_the_history_sentence_says_how_many_turn_and_where_the_figures_come_from():
    results = {
        "turned": 2, "note": "an illustration", "command": "python scripts/history.py", "seed": 13,
        "data": {"data/articles.jsonl": "ab" * 32}, "bundle": "cd" * 32,
    }  # fmt: skip
    changes = [[("1962-11-01", "down")], [("1962-10-01", "up"), ("1962-12-01", "down")], [("1962-10-28", "up")]]
    results["crises"] = [
        {
            "turn": "1962-10-28",
            "before": {"articles": 1},
            "after": {"articles": 2},
            "changes": [{"period": day, "direction": direction} for day, direction in found],
        }
        for found in changes
    ]
    sentence = history_sentence(results)
    assert sentence.startswith("In 2 of 3 crises")
    assert "3 have a single article on one side" in sentence
    assert "within 7 days of it in 1, one further off in 1, and none in 1" in sentence
    assert all(
        part in sentence for part in ("an illustration", "scripts/history.py", "seed 13", "abababababab", "cdcdcdcdcdcd")
    )


@pytest.mark.parametrize(
    "result",
    [{"bundle": "a" * 64}, {"bundle": "small", "bundle_sha256": "a" * 64}, {"bundle": {"name": "small", "sha256": "a" * 64}},
     {"bundles": {"small": "b" * 64, "tiny": "a" * 64}}],
)  # fmt: skip
def test_figures_of_weights_that_were_replaced_say_so(result):
    assert with_age("table", [result], ["a" * 64, "b" * 64]) == "table"
    aged = with_age("table", [result], ["b" * 64])
    assert aged.startswith("table\n\n")
    assert "earlier weights** (aaaaaaaaaaaa)" in aged
