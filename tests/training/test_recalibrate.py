"""A bundle calibrated again: same network, other probabilities, and a card that says so."""

import json

import pytest

from escalate.bundle import load, sha256_of
from escalate.data.labelled import Columns
from escalate.errors import BundleError, DataError
from escalate.predict import Predictor
from escalate.training.recalibrate import recalibrate


@pytest.fixture(scope="module")
def beat(tmp_path_factory):
    """A table whose news is nearly all neutral, with a column order and names of its own."""
    rows = ["alpha rebels;escalation"] + ["gamma village;neutral", "alpha the army said;neutral"] * 20
    table = tmp_path_factory.mktemp("beat") / "mine.csv"
    table.write_text("sentence;code\n" + "\n".join(rows) + "\n")
    return table


COLUMNS = Columns("sentence", "code")


def test_the_network_stays_and_the_probabilities_follow_the_sentences(tiny_bundle, beat, tmp_path):
    old = load(tiny_bundle)
    new = recalibrate(old, [beat], tmp_path / "mine", columns=COLUMNS)
    assert new.manifest.files["model.onnx"] == old.manifest.files["model.onnx"]
    before, after = (Predictor.load(bundle.path).predict("alpha the army said") for bundle in (old, new))
    assert after.probabilities["neutral"] > before.probabilities["neutral"]
    assert new.manifest.metrics["parity"] == old.manifest.metrics["parity"]


def test_manifest_and_card_name_the_sentences(tiny_bundle, beat, tmp_path):
    old = load(tiny_bundle)
    new = recalibrate(old, [beat], tmp_path / "mine", columns=COLUMNS)
    assert new.manifest.provenance["calibration"] == {
        "bundle": old.sha256, "rows": 41, "data": {beat.as_posix(): sha256_of(beat)},
    }  # fmt: skip
    card = (new.path / "README.md").read_text()
    assert "These 41 sentences (`mine.csv`)\nchose the temperature and the bias" in card
    assert "## Sentences of the calibration" in card
    assert "chosen\non 90 others" in card


def test_the_validation_rows_give_the_calibration_that_export_gave(tiny_bundle, tiny_config, tmp_path):
    old = load(tiny_bundle)
    new = recalibrate(old, [*map(type(tiny_bundle), tiny_config.data.validation)], tmp_path / "same")
    assert new.manifest.temperature == pytest.approx(old.manifest.temperature)
    assert new.manifest.bias == pytest.approx(old.manifest.bias)
    assert new.manifest.metrics["validation"] == old.manifest.metrics["validation"]


def test_what_does_not_fit_is_refused_and_nothing_is_written(tiny_bundle, beat, tmp_path):
    bundle = load(tiny_bundle)
    with pytest.raises(DataError, match="no column 'text'"):
        recalibrate(bundle, [beat], tmp_path / "new")
    (tmp_path / "blank.jsonl").write_text(json.dumps({"text": "​", "label": "neutral"}) + "\n")
    with pytest.raises(DataError, match="no text that can be read"):
        recalibrate(bundle, [tmp_path / "blank.jsonl"], tmp_path / "new")
    del bundle.manifest.provenance["rows"]
    with pytest.raises(BundleError, match="export it again"):
        recalibrate(bundle, [beat], tmp_path / "new", columns=COLUMNS)
    assert not (tmp_path / "new").exists()
