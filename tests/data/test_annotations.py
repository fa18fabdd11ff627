import pytest
from sklearn.metrics import cohen_kappa_score

from escalate.data.annotations import Annotation, agreement
from escalate.errors import DataError
from escalate.labels import LABELS


def annotation(first, second, decision=None, number=0):
    found = {"id": f"a/{number}", "hash": "0" * 16, "votes": {"r1": first, "r2": second}}
    if decision is not None:
        found["decision"] = {"annotator": "r3", "code": decision[0], "reason": "newest step wins"}
    return Annotation.model_validate(found)


def test_two_codes_of_one_label_agree_and_the_first_code_stands():
    found = annotation("E1", "E3")
    assert (found.label, found.code, found.all_labels) == ("escalation", "E1", {"r1": "escalation", "r2": "escalation"})


def test_a_disagreement_needs_a_decision_by_another():
    with pytest.raises(ValueError, match="there is no decision"):
        annotation("E1", "N2")
    found = annotation("E1", "N2", ["N2"])
    assert (found.label, found.code, found.all_labels["r3"]) == ("neutral", "N2", "neutral")
    row = found.model_dump()
    row["decision"]["annotator"] = "r1"
    with pytest.raises(ValueError, match="a vote of their own"):
        Annotation.model_validate(row)


def test_unclear_is_a_vote_and_a_decision():
    assert annotation("E1", None, [None]).label == "unclear"
    assert annotation(None, None).code is None


def test_unknown_codes_are_refused():
    with pytest.raises(ValueError, match="unknown code 'E9'"):
        annotation("E9", "E1")


def test_agreement_is_cohens_kappa_on_labels():
    votes = [("E1", "E2"), ("D1", "D1"), ("N1", "N2"), ("E1", "N2"), ("N3", "N3"), ("D2", "D3")]
    rows = [annotation(a, b, ["N2"] if a[0] != b[0] else None, i) for i, (a, b) in enumerate(votes)]
    found = agreement(rows)
    assert found["kappa"] == pytest.approx(cohen_kappa_score([a[0] for a, _ in votes], [b[0] for _, b in votes]))
    assert found["same"] == pytest.approx(5 / 6)
    assert found["confusions"] == {"E1 / N2": 1}
    assert set(found["kappa_per_class"]) == set(LABELS)
    assert 0 < found["alpha"] < 1


def test_no_annotations_have_no_agreement():
    with pytest.raises(DataError, match="no annotations"):
        agreement([])
