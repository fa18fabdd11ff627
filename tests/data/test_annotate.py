import json
from xml.etree import ElementTree

import pytest

from escalate.data.annotate import LABELLING_CONFIG, annotate, from_label_studio, read_rows, to_label_studio
from escalate.errors import DataError
from escalate.labels import CODES

ROWS = [{"id": f"a/{number}", "text": f"Sentence {number}."} for number in range(4)]


class answering:  # noqa: N801
    """A person who gives these answers and remembers the questions."""

    def __init__(self, *answers):
        self.left = list(answers)
        self.asked: list[str] = []

    def __call__(self, prompt):
        self.asked.append(prompt)
        return self.left.pop(0)


def labels_in(path):
    return [(row["id"], row["label"], row["code"], row["annotator"]) for row in read_rows(path)]


def test_answers_are_codes_unclear_and_skips(tmp_path):
    assert annotate(ROWS, tmp_path / "l.jsonl", "ana", answering("e1", "u", "s", "N2")) == 3
    assert labels_in(tmp_path / "l.jsonl") == [
        ("a/0", "escalation", "E1", "ana"),
        ("a/1", "unclear", None, "ana"),
        ("a/3", "neutral", "N2", "ana"),
    ]


def test_each_answer_is_on_disk_before_the_next_question(tmp_path):
    def ask(prompt):
        if "a/1" in prompt:
            raise KeyboardInterrupt
        return "E1"

    with pytest.raises(KeyboardInterrupt):
        annotate(ROWS, tmp_path / "l.jsonl", "ana", ask)
    assert labels_in(tmp_path / "l.jsonl") == [("a/0", "escalation", "E1", "ana")]


def test_a_later_call_goes_on_and_another_annotator_starts_anew_without_seeing_labels(tmp_path):
    annotate(ROWS, tmp_path / "l.jsonl", "ana", answering("E1", "q"))
    again = answering("D1", "q")
    annotate(ROWS, tmp_path / "l.jsonl", "ana", again)
    assert "a/1" in again.asked[0]
    other = answering("q")
    annotate(ROWS, tmp_path / "l.jsonl", "ben", other)
    assert "a/0" in other.asked[0]
    assert "E1" not in other.asked[0]


def test_an_unknown_code_is_asked_again(tmp_path):
    ask = answering("E9", "E2", "q")
    annotate(ROWS, tmp_path / "l.jsonl", "ana", ask)
    assert "no code 'E9'" in ask.asked[1]
    assert labels_in(tmp_path / "l.jsonl")[0][2] == "E2"


def test_rows_without_id_or_text_are_named(tmp_path):
    (tmp_path / "r.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(DataError, match=r"r\.jsonl:1"):
        read_rows(tmp_path / "r.jsonl")
    with pytest.raises(DataError, match="cannot be read"):
        read_rows(tmp_path / "missing.jsonl")


def label_studio_export(tasks, *choices):
    """What Label Studio makes of tasks: the task with an annotation of the same form as its predictions."""
    return [
        {**task, "annotations": [{"completed_by": {"email": "ana@example.org"}, "result": task_result(choice)}]}
        for task, choice in zip(tasks, choices, strict=True)
    ]


def task_result(choice):
    return [{"from_name": "code", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}]


def test_label_studio_there_and_back():
    tasks = to_label_studio([{**ROWS[0], "code": "E1", "label": "escalation"}, ROWS[1]])
    assert tasks[0]["predictions"][0]["result"] == task_result("E1")
    assert tasks[0]["data"] == ROWS[0]
    assert "predictions" not in tasks[1]
    rows = from_label_studio(label_studio_export(tasks, "D3", "unclear"), "export.json")
    assert [(row["id"], row["label"], row["code"], row["annotator"]) for row in rows] == [
        ("a/0", "de-escalation", "D3", "ana@example.org"),
        ("a/1", "unclear", None, "ana@example.org"),
    ]


def test_the_labelling_interface_offers_every_code():
    root = ElementTree.fromstring(LABELLING_CONFIG)
    assert [choice.get("value") for choice in root.iter("Choice")] == [*CODES, "unclear"]


def test_a_cancelled_annotation_is_left_out_and_an_odd_one_is_an_error():
    tasks = to_label_studio(ROWS[:1])
    cancelled = [{**tasks[0], "annotations": [{"was_cancelled": True, "result": []}]}]
    assert from_label_studio(cancelled, "e.json") == []
    with pytest.raises(DataError, match=r"e\.json: task 1 \(a/0\): expected one code, found \['war'\]"):
        from_label_studio(label_studio_export(tasks, "war"), "e.json")
    with pytest.raises(DataError, match="task 1 has no data"):
        from_label_studio([{"data": {}}], "e.json")


def test_what_is_exported_is_json():
    assert json.loads(json.dumps(to_label_studio(ROWS)))[3]["data"]["text"] == "Sentence 3."
