import pytest

from escalate import model
from escalate.bundle import sha256_of
from escalate.errors import BundleError
from escalate.labels import LABELS


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    # The hub's own switch: no request leaves the machine.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def test_a_path_is_taken_as_it_is(tiny_checkpoint):
    assert model.find_checkpoint(str(tiny_checkpoint)) == tiny_checkpoint


def test_the_base_model_is_found_offline_with_the_right_weights():
    found = model.find_checkpoint(model.BASE)
    assert sha256_of(found / "model.safetensors") == model.BASE_SHA256


def test_packaged_weights_of_another_hash_are_refused(monkeypatch):
    monkeypatch.setattr(model, "BASE_SHA256", "0" * 64)
    with pytest.raises(BundleError, match="not the expected weights"):
        model.find_checkpoint(model.BASE)


def test_a_name_that_leads_nowhere_says_what_was_tried():
    with pytest.raises(BundleError, match=r"no checkpoint 'nobody/nothing'.*hub"):
        model.find_checkpoint("nobody/nothing")


def test_a_classifier_knows_its_labels(tiny_checkpoint):
    found = model.load_classifier(tiny_checkpoint, LABELS)
    assert found.config.id2label == dict(enumerate(LABELS))
    assert model.load_classifier(tiny_checkpoint, ["a", "b"]).config.num_labels == 2


def test_a_directory_without_a_checkpoint_is_an_error(tmp_path):
    with pytest.raises(BundleError, match="cannot load it"):
        model.load_classifier(tmp_path, LABELS)
