import json
import random
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.data.labelled import read_labelled
from escalate.evaluation.actors import actor_invariance
from escalate.evaluation.countries import PANEL
from escalate.evaluation.robustness import CHANGES, robustness
from escalate.labels import LABELS
from escalate.predict import Predictor
from tests.conftest import write_rows


@pytest.fixture(scope="module")
def predictor(tiny_bundle):
    return Predictor.load(tiny_bundle)


def changed(name, text):
    return CHANGES[name](text, random.Random(1))


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(list(CHANGES)), st.integers())
def test_any_text_can_be_changed_and_the_same_chance_changes_it_alike(text, name, seed):
    one, other = (CHANGES[name](text, random.Random(seed)) for _ in range(2))
    assert one == other


def test_each_change_does_what_it_says():
    text = 'The general said: "We won\'t leave the river."'
    assert changed("quotation marks", text) == "The general said: “We won’t leave the river.”"
    assert changed("quotation marks", "“No”, he said.") == '"No", he said.'
    assert changed("attribution", "Shells fell.") == "Shells fell, local media reported."
    assert changed("attribution", "Who fired?") == "Local media reported: Who fired?"
    assert changed("trailing space", text).strip() == text
    assert sorted(changed("typos", text)) == sorted(text)
    assert changed("typos", text) != text
    assert len(changed("homoglyphs", text)) == len(text)
    assert not changed("homoglyphs", text).isascii()


def test_a_model_that_reads_lower_case_keeps_its_labels_there_and_loses_some_to_typos(predictor, tmp_path):
    rows, _ = read_labelled(write_rows(tmp_path / "rows.jsonl", 60, seed=5), LABELS)
    predicted = np.array([LABELS.index(found.label) for found in predictor.predict(row.text for row in rows)])
    found = robustness(predictor, rows, predicted, sample=45, resamples=20)
    assert found["rows"] == 45
    assert set(found["changes"]) == set(CHANGES)
    for name in ("upper case", "trailing space", "homoglyphs"):
        assert (found["changes"][name]["kept"], found["changes"][name]["macro_f1_change"]) == (1, 0)
    assert found["changes"]["homoglyphs"]["changed"] == 45
    assert found["changes"]["typos"]["kept"] < 1
    quotes = found["changes"]["quotation marks"]
    assert (quotes["changed"], quotes["kept"], quotes["intervals"]["kept"]) == (0, None, None)
    assert found == robustness(predictor, rows, predicted, sample=45, resamples=20)


def test_labels_are_kept_among_the_sentences_that_a_change_alters(predictor, tmp_path):
    rows, _ = read_labelled(write_rows(tmp_path / "rows.jsonl", 12), LABELS)
    rows[0] = rows[0]._replace(text='"alpha"')
    # None of them has the label that the predictor is said to have given.
    predicted = np.array([(LABELS.index(found.label) + 1) % 3 for found in predictor.predict(row.text for row in rows)])
    found = robustness(predictor, rows, predicted, resamples=5)["changes"]["quotation marks"]
    assert (found["changed"], found["kept"]) == (1, 0)


def named(tmp_path, count):
    path = write_rows(tmp_path / "rows.jsonl", count)
    path.write_text(path.read_text().replace('{"text": "', '{"text": "Kenya alpha and '))
    return read_labelled(path, LABELS)[0]


def test_every_state_of_the_panel_is_put_in_once_a_sentence(predictor, tmp_path):
    found = actor_invariance(predictor, named(tmp_path, 12), sample=6, resamples=20)
    states = [key for panel in PANEL.values() for key in panel if key != "Kenya"]
    assert (found["rows"], found["named"], found["swaps"]) == (6, 12, 6 * len(states))
    assert list(found["actors"]) == states
    assert found["largest_shift"] == max(abs(row["shift"]) for row in found["actors"].values())
    for row in found["actors"].values():
        assert row["interval"][0] <= row["shift"] <= row["interval"][1]
    assert found["goals"]["flip_rate"]["met"] == (found["flip_rate"] <= 0.02)
    assert found["goals"]["largest_shift"]["met"] == (found["largest_shift"] <= 0.03)


def test_where_no_state_is_named_there_is_nothing_to_say(predictor, tmp_path):
    rows, _ = read_labelled(write_rows(tmp_path / "rows.jsonl", 12), LABELS)
    found = actor_invariance(predictor, rows)
    assert (found["swaps"], found["flip_rate"], found["largest_shift"], found["actors"]) == (0, None, None, {})
    assert {goal["met"] for goal in found["goals"].values()} == {None}


def test_a_bundle_without_both_directions_has_no_score_that_could_meet_a_goal(tiny_bundle, tmp_path):
    bundle = shutil.copytree(tiny_bundle, tmp_path / "bundle")
    manifest = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(json.dumps({**manifest, "labels": ["escalation", "b", "neutral"]}))
    found = actor_invariance(Predictor.load(bundle), named(tmp_path, 12), sample=2, resamples=5)
    assert found["swaps"] > 0
    assert found["goals"]["flip_rate"]["met"] == (found["flip_rate"] <= 0.02)
    assert (found["largest_shift"], found["goals"]["largest_shift"]["met"]) == (None, None)
    assert {(row["shift"], row["interval"]) for row in found["actors"].values()} == {(None, None)}
