import dataclasses
import json
import shutil

import numpy as np
import onnx
import onnxruntime
import pytest

from escalate.bundle import load
from escalate.calibration import softmax
from escalate.errors import BundleError
from escalate.labels import LABELS
from escalate.runtime.base import Tokenizer
from escalate.runtime.checkpoint import CheckpointRuntime
from escalate.runtime.onnx import OnnxRuntime
from escalate.training.card import model_card
from escalate.training.config import DataConfig
from escalate.training.export import export
from escalate.training.quantise import quantise
from escalate.training.scaling import fitted


def test_the_manifest_records_parity_calibration_and_provenance(tiny_bundle, tiny_config):
    manifest = load(tiny_bundle).manifest
    assert manifest.metrics["parity"]["same_labels"] >= 0.99
    assert 0 <= manifest.metrics["parity"]["largest_probability_difference"] < 0.2
    assert manifest.metrics["validation"]["macro_f1"] > 0.95
    assert manifest.temperature > 0
    assert len(manifest.bias) == 3
    assert sum(manifest.bias) == pytest.approx(0, abs=1e-9)
    assert manifest.max_tokens == 32
    assert manifest.provenance["seed"] == tiny_config.seed
    assert manifest.provenance["config"] == json.loads(tiny_config.model_dump_json())


def test_the_exported_network_says_what_the_trained_one_says(tiny_run, tiny_bundle):
    bundle = load(tiny_bundle)
    tokens = [found.ids for found in Tokenizer(bundle.tokenizer, 32)(["alpha rebels", "beta truce on monday", "gamma " * 40])]
    exported, trained = OnnxRuntime(bundle.model).logits(tokens), CheckpointRuntime(tiny_run / "checkpoint").logits(tokens)
    assert np.abs(softmax(exported) - softmax(trained)).max() < 0.1
    assert exported.shape == (3, len(LABELS))


def test_the_matrices_are_int8_with_activations_of_fixed_scales(tiny_bundle):
    graph = onnx.load(load(tiny_bundle).model).graph
    operators = [node.op_type for node in graph.node]
    # Two layers of four matrices; the last one has its queries apart from keys and values; the pooler.
    assert operators.count("QuantizeLinear") == operators.count("MatMulIntegerToFloat") == 4 + 5 + 1


def looked_up(model, ids):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"input_ids": np.array([ids])})[0][0]


def test_embeddings_of_many_rows_are_int8_with_a_scale_a_row(tmp_path):
    generator = np.random.default_rng(0)
    table = generator.normal(size=(400, 16)).astype(np.float32) * generator.uniform(0.01, 10, size=(400, 1)).astype(np.float32)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Gather", ["table", "input_ids"], ["logits"])],
        "look-up",
        [onnx.helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, [1, "n"])],
        [onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [1, "n", 16])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=9)
    onnx.save(model, tmp_path / "plain.onnx")
    quantise(tmp_path / "plain.onnx", tmp_path / "int8.onnx")
    found = looked_up(tmp_path / "int8.onnx", [3, 399, 3])
    assert np.abs(found - table[[3, 399, 3]]).max() <= np.abs(table).max() / 127
    assert (tmp_path / "int8.onnx").stat().st_size < (tmp_path / "plain.onnx").stat().st_size / 2


def test_embeddings_may_be_of_four_bits(tmp_path):
    table = np.random.default_rng(0).normal(size=(1200, 64)).astype(np.float32)
    table[5] = 0
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Gather", ["table", "input_ids"], ["logits"])],
        "look-up",
        [onnx.helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, [1, "n"])],
        [onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [1, "n", 64])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    onnx.save(
        onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=9), tmp_path / "a.onnx"
    )
    quantise(tmp_path / "a.onnx", tmp_path / "b.onnx", table_bits=4)
    found = looked_up(tmp_path / "b.onnx", [3, 1199, 5])
    assert np.linalg.norm(found - table[[3, 1199, 5]]) < 0.12 * np.linalg.norm(table[[3, 1199, 5]])
    assert (tmp_path / "b.onnx").stat().st_size < (tmp_path / "a.onnx").stat().st_size / 5


def test_the_card_tells_labels_figures_and_limits(tiny_bundle):
    card = (tiny_bundle / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\npipeline_tag: text-classification\nbase_model: ")
    for part in (*LABELS, "Macro-F1", "temperature", "bias", "## Limits", "codebook 1.1"):
        assert part in card


def card(tiny_bundle, name, settings=None, more=None, **data):
    manifest = load(tiny_bundle).manifest
    config = {**manifest.provenance["config"], "data": DataConfig(**data).model_dump(), **(settings or {})}
    provenance = {**manifest.provenance, "config": config, **(more or {})}
    return model_card(dataclasses.replace(manifest, name=name, provenance=provenance))


def test_the_card_of_a_bundle_in_the_package_points_to_the_readme_and_loads_by_name(tiny_bundle):
    text = card(tiny_bundle, "small")
    for part in (
        "license: apache-2.0",
        "# escalate/small",
        'load("small")',
        "of other conflicts\nwhere they were written",
        "the README has",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("data", "chosen"),
    [
        ({"train": ["mine.csv"], "validation": ["other.csv"]}, "on 90 others. "),
        ({"train": ["mine.csv"], "validation": [], "validation_share": 0.1}, "on 90 others, set aside from the same files. "),
        ({"allow_unlisted": True}, "on 90 others. "),
    ],
)
def test_the_card_of_a_users_own_labels_says_nothing_of_the_projects_data(tiny_bundle, data, chosen):
    text = card(tiny_bundle, "small", **data)
    assert chosen in text
    for part in ("license", "escalate/small", 'load("small")', "conflicts", "README", "English"):
        assert part not in text


def test_the_card_says_what_was_done_beside_plain_fine_tuning(tiny_bundle):
    model = {**load(tiny_bundle).manifest.provenance["config"]["model"], "base": "runs/large", "layers": [0, 2, 5]}
    teaching = {"teachers": ["runs/a", "runs/b"], "texts": ["pool.jsonl"], "temperature": 2.0}
    settings = {
        "seed": 1, "average_seeds": [2, 3], "model": model, "pooling": {"texts": ["pool.jsonl"]}, "distillation": teaching,
        "polarity": {"readings": "polarity.jsonl"},
    }  # fmt: skip
    text = card(tiny_bundle, "small", settings, actor_swaps=0.5)
    for part in (
        "from 3 of the layers of `runs/large`", "into its first position",
        "Taught by `runs/a` and `runs/b`, on texts without labels too", "with probability 0.5", "runs with the seeds 1, 2, 3",
        "nearer to was learnt beside the labels",
    ):  # fmt: skip
        assert part in text
    labelled = {**settings, "distillation": {**teaching, "texts": []}}
    assert "Taught by `runs/a` and `runs/b` at temperature" in card(tiny_bundle, "small", labelled)
    plain = card(tiny_bundle, "small", {"polarity": None})
    for part in ("layers", "first position", "Taught", "swapped", "mean of runs", "nearer"):
        assert part not in plain


def test_a_bundle_of_the_projects_data_that_is_not_in_the_package_loads_by_its_path(tiny_bundle):
    text = card(tiny_bundle, "larger")
    assert 'load("path/to/larger")' in text
    assert "README" not in text


def test_a_bundle_of_the_package_that_was_calibrated_anew_is_no_longer_the_one_in_the_package(tiny_bundle):
    text = card(tiny_bundle, "small", more={"calibration": {"rows": 41, "data": {"mine.csv": "0" * 64}}})
    assert 'load("path/to/small")' in text
    for part in ("escalate/small", "README"):
        assert part not in text


def test_an_unfinished_run_is_refused(tiny_run, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    (run / "results.json").unlink()
    with pytest.raises(BundleError, match=r"no finished run: results\.json missing"):
        export(run, tmp_path / "bundle")


def test_a_run_of_another_version_is_refused(tiny_run, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    with (run / "config.yaml").open("a") as file:
        file.write("unheard_of: 1\n")
    with pytest.raises(BundleError, match="no configuration of this version of escalate; train again"):
        export(run, tmp_path / "bundle")


def test_a_run_whose_validation_file_changed_is_refused(tiny_run, tiny_config, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    results = json.loads((run / "results.json").read_text())
    results["data"][tiny_config.data.validation[0]] = "0" * 64
    (run / "results.json").write_text(json.dumps(results))
    with pytest.raises(BundleError, match="has changed since"):
        export(run, tmp_path / "bundle")


def test_an_export_that_changes_too_many_labels_is_refused(tiny_run, tmp_path):
    with pytest.raises(BundleError, match=r"of the trained one's labels on 390 texts, not 101%"):
        export(tiny_run, tmp_path / "bundle", min_agreement=1.01)
    assert not (tmp_path / "bundle").exists()


def test_the_two_directions_share_a_bias_and_labels_of_ones_own_have_one_each(tiny_bundle):
    bias = load(tiny_bundle).manifest.bias
    assert bias[0] == bias[1] != bias[2]
    logits = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    assert len(set(fitted(logits, np.arange(60) % 3, ["a", "b", "c"]).bias)) == 3
