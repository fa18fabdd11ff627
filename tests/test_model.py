import shutil

import pytest
import torch

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


def head(checkpoint, labels):
    weights = model.load_classifier(checkpoint, labels).state_dict()
    return weights["classifier.weight"], weights["classifier.bias"]


def test_a_head_of_the_same_labels_is_put_in_their_order_and_one_of_others_is_not_taken_over(tiny_run):
    (weight, bias), turned, other = (
        head(tiny_run / "checkpoint", labels) for labels in (LABELS, LABELS[::-1], ["a", "b", "c"])
    )
    assert torch.equal(turned[0], weight.flip(0))
    assert torch.equal(turned[1], bias.flip(0))
    assert not torch.isclose(other[0], weight).all(dim=1).any()
    assert not other[1].any()


def test_the_order_of_many_labels_is_known_again(tiny_checkpoint, tmp_path):
    labels = [f"label {number}" for number in range(12)]
    first = model.load_classifier(tiny_checkpoint, labels)
    first.save_pretrained(tmp_path)
    assert torch.equal(head(tmp_path, labels)[0], first.state_dict()["classifier.weight"])


def test_the_hash_of_a_bundle_as_base_is_the_same_with_another_version_of_transformers(tiny_bundle, tmp_path, monkeypatch):
    places = [shutil.copytree(tiny_bundle, tmp_path / name) for name in ("here", "there")]
    first = model.base_hash(str(places[0]))
    monkeypatch.setattr("transformers.configuration_utils.__version__", "0.0")
    assert model.base_hash(str(places[1])) == first
    assert model.base_hash("tiny") != first


def test_a_directory_without_a_checkpoint_is_an_error(tmp_path):
    with pytest.raises(BundleError, match="cannot load it"):
        model.load_classifier(tmp_path, LABELS)
