import json
import shutil

import pytest

from escalate.bundle import sha256_of
from escalate.errors import BundleError, DataError, EscalateError
from escalate.evaluation.evaluate import evaluate_file
from escalate.evaluation.suite import suite, write_result
from escalate.predict import Predictor
from escalate.text import sentence_hash
from tests.conftest import write_rows


@pytest.fixture(scope="module")
def predictor(tiny_bundle):
    return Predictor.load(tiny_bundle)


def write_contrast(path):
    group = {
        "id": "g",
        "phenomenon": "negation",
        "sentences": [{"text": "alpha rebels", "code": "E1"}, {"text": "beta truce", "code": "N3"}],
    }
    path.write_text(json.dumps(group) + "\n")
    return path


def write_polarity(path, rows):
    neutral = [row["text"] for row in map(json.loads, rows.read_text().splitlines()) if row["label"] == "neutral"]
    sides = [("conflict", "cooperation")[number % 2] for number in range(len(neutral))]
    lines = {sentence_hash(text): {"a": side} for text, side in zip(neutral, sides, strict=True)}
    path.write_text("".join(json.dumps({"id": key, "readers": said}) + "\n" for key, said in lines.items()))
    return path


def changed(bundle, path, **manifest):
    shutil.copytree(bundle, path)
    content = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**content, **manifest}))
    return path


def test_the_plain_suite_is_the_evaluation_with_slices_and_where_it_comes_from(predictor, tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 30)
    found = suite(predictor, data, resamples=20)
    assert evaluate_file(predictor, data, resamples=20).items() <= found.items()
    assert set(found["slices"]) == {"length", "quotation", "negation", "modality"}
    assert found["data"] == {data.as_posix(): sha256_of(data)}
    assert (found["bundle_sha256"], found["seed"]) == (predictor.bundle.sha256, 13)
    assert not {"contrast", "polarity", "against", "seeds", "robustness", "actors"} & set(found)


def test_export_records_when_to_abstain_and_a_validation_file_goes_before_it(predictor, tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 60)
    recorded = predictor.bundle.manifest.metrics["validation"]["abstain_below"]
    found = suite(predictor, data, resamples=10)["abstention"]
    assert {str(row["target"]): row["abstain_below"] for row in found} == recorded
    own = suite(predictor, data, resamples=10, validation=data)["abstention"]
    for row in own:
        assert row["coverage"] >= row["target"]


def test_everything_at_once_can_be_written_as_json(predictor, tiny_bundle, tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 30)
    first, second = (changed(tiny_bundle, tmp_path / name, name=name) for name in ("first", "second"))
    write_result(suite(Predictor.load(first), data, resamples=10), tmp_path / "seed.json")
    found = suite(
        predictor,
        data,
        resamples=10,
        sample=8,
        contrast=write_contrast(tmp_path / "contrast.jsonl"),
        polarity=write_polarity(tmp_path / "polarity.jsonl", data),
        against=str(tiny_bundle),
        seeds=[tmp_path / "seed.json", second],
    )
    assert (found["contrast"]["sentences"], found["contrast"]["groups"]) == (0.5, 0)
    assert found["polarity"]["conflict"] + found["polarity"]["cooperation"] == 10
    assert (tmp_path / "polarity.jsonl").as_posix() in found["data"]
    assert (found["against"]["macro_f1_difference"], found["against"]["mcnemar"]["p_exact"]) == (0, 1)
    assert (found["seeds"]["runs"], found["seeds"]["figures"]["macro_f1"]["sd"]) == (3, 0)
    assert (found["robustness"]["rows"], found["actors"]["rows"]) == (8, 0)
    write_result(found, tmp_path / "out" / "r.json")
    assert json.loads((tmp_path / "out" / "r.json").read_text())["rows"] == 30


def test_rivals_and_seeds_are_opened_before_the_work(tmp_path, monkeypatch):
    data = write_rows(tmp_path / "rows.jsonl", 9)
    (tmp_path / "seed.json").write_text("nonsense")

    def read(*_):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(Predictor, "predict", read)
    for others, message in (
        ({"against": "nosuch"}, "no bundle 'nosuch'"),
        ({"seeds": [tmp_path / "seed.json"]}, "cannot be read as a result"),
        ({"seeds": [tmp_path / "nosuch"]}, "no bundle"),
    ):
        with pytest.raises(EscalateError, match=message):
            suite(Predictor.load("tiny"), data, resamples=5, **others)


def test_a_rival_with_other_labels_is_refused(predictor, tiny_bundle, tmp_path):
    other = changed(tiny_bundle, tmp_path / "other", labels=["a", "b", "c"])
    with pytest.raises(BundleError, match="labels a, b, c, expected escalation"):
        suite(predictor, write_rows(tmp_path / "rows.jsonl", 9), resamples=5, against=str(other))


def test_contrast_sets_of_labels_that_a_bundle_does_not_know_are_refused(tiny_bundle, tmp_path):
    other = Predictor.load(changed(tiny_bundle, tmp_path / "other", labels=["a", "b", "neutral"]))
    (tmp_path / "rows.jsonl").write_text('{"text": "x", "label": "a"}\n')
    with pytest.raises(BundleError, match=r"contrast\.jsonl asks for the labels escalation, neutral, and the bundle has a, b"):
        suite(other, tmp_path / "rows.jsonl", resamples=5, contrast=write_contrast(tmp_path / "contrast.jsonl"))


def test_readings_of_polarity_need_the_projects_labels_and_a_row_of_theirs(predictor, tiny_bundle, tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 9)
    readings = write_polarity(tmp_path / "polarity.jsonl", data)
    other = Predictor.load(changed(tiny_bundle, tmp_path / "other", labels=["a", "b", "neutral"]))
    with pytest.raises(BundleError, match=r"polarity\.jsonl is for the labels .* the bundle has no escalation, de-escalation"):
        suite(other, data, resamples=5, polarity=readings)
    readings.write_text(json.dumps({"id": sentence_hash("another"), "readers": {"a": "conflict"}}) + "\n")
    with pytest.raises(DataError, match=r"polarity\.jsonl: no row of the data is conflict or cooperation"):
        suite(predictor, data, resamples=5, polarity=readings)


def test_a_seed_counts_once(predictor, tiny_bundle, tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 9)
    write_result(suite(predictor, data, resamples=5), tmp_path / "same.json")
    second = changed(tiny_bundle, tmp_path / "second", name="second")
    for seeds in ([tiny_bundle], [tmp_path / "same.json"], [second, second]):
        with pytest.raises(BundleError, match=r"once more, and no other training seed"):
            suite(predictor, data, resamples=5, seeds=seeds)
