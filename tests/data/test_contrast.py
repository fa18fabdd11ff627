import json

import pytest

from escalate.data.contrast import Group, contrast_scores, read_groups
from escalate.errors import DataError


def group(number, *codes, phenomenon="negation"):
    sentences = [{"text": f"Sentence {number} {code}.", "code": code} for code in codes]
    return {"id": f"g{number}", "phenomenon": phenomenon, "sentences": sentences}


def test_a_sentence_and_a_whole_group_are_scored_apart():
    groups = [Group.model_validate(row) for row in (group(1, "E1", "N2"), group(2, "D1", "D2", phenomenon="actor swap"))]
    found = contrast_scores(groups, ["escalation", "escalation", "de-escalation", "de-escalation"])
    assert (found["sentences"], found["groups"]) == (0.75, 0.5)
    assert found["phenomena"]["negation"] == {"sentences": 0.5, "groups": 0.0, "count": 1}
    assert found["phenomena"]["actor swap"]["groups"] == 1.0
    with pytest.raises(ValueError, match="one label a sentence"):
        contrast_scores(groups, ["neutral"])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (group(1, "E1"), "at least 2 items"),
        (group(1, "E1", "E9"), "unknown code 'E9'"),
        (group(1, "E1", "N2", phenomenon="magic"), "unknown phenomenon 'magic'"),
    ],
)
def test_a_group_that_does_not_fit_is_named(tmp_path, row, message):
    (tmp_path / "c.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(DataError, match=rf"c\.jsonl:1: .*{message}"):
        read_groups(tmp_path / "c.jsonl")
