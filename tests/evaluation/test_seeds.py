import json

import pytest

from escalate.errors import DataError
from escalate.evaluation.seeds import read_result, spread


def result(macro_f1):
    return {
        "data": {"a.jsonl": "0f", "contrast.jsonl": "1e"},
        "rows": 10,
        "macro_f1": macro_f1,
        "accuracy": 0.5,
        "per_class": {"neutral": {"f1": macro_f1 / 2}},
    }


def test_mean_and_sample_standard_deviation():
    found = spread([result(0.6), result(0.7), result(0.8)])
    assert found["runs"] == 3
    assert found["figures"]["macro_f1"] == pytest.approx({"mean": 0.7, "sd": 0.1, "lowest": 0.6, "highest": 0.8})
    assert found["figures"]["f1_neutral"]["sd"] == pytest.approx(0.05)
    assert found["figures"]["accuracy"]["sd"] == 0
    with pytest.raises(ValueError, match="two results"):
        spread([result(0.6)])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nonsense", "cannot be read"),
        ("[1]", "no result"),
        ({"data": None}, "no result"),
        ({"rows": 11}, "on 11 rows, but the data has 10"),
        ({"data": {"a.jsonl": "00"}}, r"on a\.jsonl with other content"),
        ({"data": {"other.jsonl": "1e", "a.jsonl": "0f"}}, r"on other\.jsonl, a\.jsonl with other content"),
        ({"per_class": {"cat": {"f1": 1.0}}}, "with the labels cat, expected neutral"),
    ],
)
def test_a_file_that_is_no_result_of_the_same_data_is_named(tmp_path, content, message):
    (tmp_path / "r.json").write_text(content if isinstance(content, str) else json.dumps({**result(0.5), **content}))
    with pytest.raises(DataError, match=message):
        read_result(tmp_path / "r.json", 10, "0f", ["neutral"])


def test_the_same_data_may_lie_elsewhere(tmp_path):
    found = {**result(0.5), "data": {"elsewhere/a.jsonl": "0f"}}
    (tmp_path / "r.json").write_text(json.dumps(found))
    assert read_result(tmp_path / "r.json", 10, "0f", ["neutral"]) == found
