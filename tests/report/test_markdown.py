import pytest

from escalate.errors import DataError
from escalate.labels import LABELS
from escalate.report.markdown import between_marks, comparison_table


def figures(macro_f1):
    return {
        "rows": 10, "articles": 2, "macro_f1": macro_f1, "accuracy": 0.5, "calibration_error": 0.1,
        "per_class": {label: {"f1": 0.25} for label in LABELS},
        "intervals": {"macro_f1": [0.1, 0.9], **{f"f1_{label}": [0.2, 0.3] for label in LABELS}},
    }  # fmt: skip


def test_the_table_ranks_the_models_and_says_where_it_comes_from():
    models = {"low": figures(0.3), "high": figures(0.8)}
    results = {"models": models, "data": {"a.jsonl": "f" * 64}, "command": "run", "seed": 13, "bundle": "b" * 64}
    table = comparison_table(results, LABELS)
    lines = table.splitlines()
    assert lines[2].startswith("| high | 0.800 [0.100, 0.900] | 0.250 [0.200, 0.300] |")
    assert lines[3].startswith("| low |")
    for part in ("10 sentences of 2 articles", "`run`", "seed 13", "`a.jsonl` ffffffffffff", "bundle bbbbbbbbbbbb"):
        assert part in lines[-1]


def test_content_goes_between_its_marks_and_nowhere_else():
    document = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n"
    assert between_marks(document, "x", "new \\1") == "a\n<!-- x -->\nnew \\1\n<!-- /x -->\nb\n"
    with pytest.raises(DataError, match="0 times"):
        between_marks(document, "y", "new")
