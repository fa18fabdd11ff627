import json
import shutil

import numpy as np
import onnx
import pytest

from escalate.bundle import load
from escalate.calibration import softmax
from escalate.errors import BundleError
from escalate.labels import LABELS
from escalate.runtime.base import Tokenizer
from escalate.runtime.onnx import OnnxRuntime
from escalate.runtime.torch import TorchRuntime
from escalate.training.export import export


def test_the_manifest_records_parity_calibration_and_provenance(tiny_bundle, tiny_config):
    manifest = load(tiny_bundle).manifest
    assert manifest.metrics["parity"]["same_labels"] >= 0.99
    assert 0 <= manifest.metrics["parity"]["largest_probability_difference"] < 0.2
    assert manifest.metrics["validation"]["macro_f1"] > 0.95
    assert manifest.temperature > 0
    assert manifest.max_tokens == 32
    assert manifest.provenance["seed"] == tiny_config.seed
    assert manifest.provenance["config"] == json.loads(tiny_config.model_dump_json())


def test_the_exported_network_says_what_the_trained_one_says(tiny_run, tiny_bundle):
    bundle = load(tiny_bundle)
    tokens = [found.ids for found in Tokenizer(bundle.tokenizer, 32)(["alpha rebels", "beta truce on monday", "gamma " * 40])]
    exported, trained = OnnxRuntime(bundle.model).logits(tokens), TorchRuntime(tiny_run / "checkpoint").logits(tokens)
    assert np.abs(softmax(exported) - softmax(trained)).max() < 0.1
    assert exported.shape == (3, len(LABELS))


def test_the_matrices_are_int8_per_channel(tiny_bundle):
    graph = onnx.load(load(tiny_bundle).model).graph
    products = [node for node in graph.node if node.op_type in ("MatMulInteger", "DynamicQuantizeMatMul")]
    scales = {tensor.name: tensor.dims for tensor in graph.initializer if tensor.name.endswith("_scale")}
    assert len(products) >= 12
    assert any(len(dims) == 1 and dims[0] > 1 for dims in scales.values())


def test_the_card_tells_labels_figures_and_limits(tiny_bundle):
    card = (tiny_bundle / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: apache-2.0")
    for part in (*LABELS, "Macro-F1", "temperature", "## Limits", "codebook 1.1"):
        assert part in card


def test_an_unfinished_run_is_refused(tiny_run, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    (run / "results.json").unlink()
    with pytest.raises(BundleError, match=r"no finished run: results\.json missing"):
        export(run, tmp_path / "bundle")


def test_a_run_whose_validation_file_changed_is_refused(tiny_run, tiny_config, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    results = json.loads((run / "results.json").read_text())
    results["data"][tiny_config.data.validation[0]] = "0" * 64
    (run / "results.json").write_text(json.dumps(results))
    with pytest.raises(BundleError, match="has changed since"):
        export(run, tmp_path / "bundle")


def test_an_export_that_changes_too_many_labels_is_refused(tiny_run, tmp_path, monkeypatch):
    monkeypatch.setattr("escalate.training.export.MIN_AGREEMENT", 1.01)
    with pytest.raises(BundleError, match="of the trained one's labels"):
        export(tiny_run, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()
