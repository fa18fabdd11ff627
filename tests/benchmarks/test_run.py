"""Whole benchmark runs on tiny files."""

import json
import shutil

import pytest
import yaml
from typer.testing import CliRunner

from escalate.benchmarks.config import BenchmarkConfig, load_benchmark
from escalate.benchmarks.run import run
from escalate.benchmarks.speed.config import is_speed
from escalate.benchmarks.tasks import TASKS
from escalate.bundle import sha256_of
from escalate.cli.main import app
from escalate.errors import BundleError, ConfigError, DataError
from escalate.predict import Predictor
from escalate.report.benchmark import benchmark_table, summary_table
from tests.conftest import FILLERS, ROOT, write_rows

CODE_WORD = {"0": "gamma", "1": "beta", "2": "beta", "3": "alpha", "4": "alpha"}


@pytest.fixture
def data(tmp_path):
    """cameo_class with the labels' words in new sentences, and PLV that shares two of them."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [
        (f"{word} {FILLERS[i % 14]} {FILLERS[(i + int(code)) % 14]} {FILLERS[(3 * i) % 14]} village army {i} {code}.", code)
        for i in range(12)
        for code, word in CODE_WORD.items()
    ]
    (folder / "cameo_class.dev.tsv").write_text("text\tpenta\n" + "".join(f"{text}\t{code}\n" for text, code in rows))
    (folder / "plv.dev.tsv").write_text(f"sentence\tgold_penta\n{rows[1][0]}\t3\n{rows[3][0]}\t3\nanother one\t1\n")
    return folder


def config(tmp_path, **changes):
    write_rows(tmp_path / "train.jsonl", 90)
    content = {
        "task": "cameo_class", "train": [str(tmp_path / "train.jsonl")], "output": str(tmp_path / "out" / "r.json"),
        "resamples": 10, "rivals": ["majority", "tfidf"], **changes,
    }  # fmt: skip
    return BenchmarkConfig.model_validate(content)


def test_a_bundle_and_its_rivals_read_the_same_rows_and_leaks_are_counted(data, tmp_path, tiny_bundle):
    settings = config(tmp_path, bundle=str(tiny_bundle), rivals=["tfidf", {"method": "nli", "optional": True}])
    found = run(settings, "the command", data=data, cache=tmp_path)
    assert json.loads((tmp_path / "out" / "r.json").read_text()) == json.loads(json.dumps(found))
    assert set(found["models"]) == {"tiny-test", "tfidf"}
    assert found["models"]["tiny-test"]["polarity"]["auroc"] > 0.9
    assert found["models"]["tfidf"]["labels"]["rows"] == 60
    assert found["half"] == "dev"
    assert "not set" in found["left_out"]["nli"]
    assert found["leaks"]["training"]["exact"] == 0
    assert found["leaks"]["shared"]["plv.dev"] == {"sentences": 2, "other_polarity": 1}
    assert "not counted" in found["leaks"]["shared"]["plv.test"]
    assert str(tmp_path) not in found["leaks"]["shared"]["plv.test"]
    # The bundle was trained on other files than the rivals; they are at hand.
    assert found["leaks"]["bundle"]["exact"] == 0
    table = benchmark_table(found)
    assert "published by others" in table
    assert "| ModernBERT-base, trained on it |  |  |  |  |  | 0.870, five-class macro-F1" in table
    lead = found["models"]["tfidf"]["lead_of_bundle"]
    bundle, rival = (found["models"][name]["labels"]["macro_f1"] for name in ("tiny-test", "tfidf"))
    assert lead["macro_f1_difference"] == pytest.approx(bundle - rival)
    assert "lead_of_bundle" not in found["models"]["tiny-test"]
    assert "| tiny-test ahead by |" in table
    assert "shared with plv.dev: 2, of other polarity there: 1" in table
    polarity = found["models"]["tfidf"]["polarity"]
    assert f"| tfidf | {polarity['auroc']:.3f} [" in summary_table([found])
    assert f"], {polarity['accuracy']:.3f} |" in summary_table([found])


def test_the_same_data_and_seed_give_the_same_figures(data, tmp_path):
    settings = config(tmp_path, bundle=None, rivals=["tfidf", "fasttext"])
    first = run(settings, "c", data=data, cache=tmp_path)
    assert run(settings, "c", data=data, cache=tmp_path) == first


def test_a_test_sentence_in_the_training_data_stops_the_run(data, tmp_path):
    text = (data / "cameo_class.dev.tsv").read_text().splitlines()[3].split("\t")[0]
    settings = config(tmp_path, bundle=None)
    with (tmp_path / "train.jsonl").open("a") as file:
        file.write(json.dumps({"text": text, "label": "neutral"}) + "\n")
    with pytest.raises(DataError, match="never train on what is tested"):
        run(settings, "c", data=data, cache=tmp_path)


def test_the_classes_of_a_coding_are_learnt_in_folds(data, tmp_path):
    found = run(config(tmp_path, bundle=None, folds=3), "c", data=data, cache=tmp_path)
    assert list(found["models"]["tfidf"]["labels"]["per_class"]) == list(TASKS["cameo_class"].classes.values())
    assert len(found["models"]["tfidf"]["labels"]["folds"]) == 3
    assert found["leaks"]["folds"]["exact"] == 0
    assert "3 folds" in benchmark_table(found)


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_a_class_that_a_fold_lacks_has_a_column_all_the_same(data, tmp_path):
    lines = (data / "cameo_class.dev.tsv").read_text().splitlines()
    single = [line for line in lines if not line.endswith("\t3")] + ["the only one\t3"]
    (data / "cameo_class.dev.tsv").write_text("".join(line + "\n" for line in single))
    found = run(config(tmp_path, bundle=None, folds=3), "c", data=data, cache=tmp_path)
    assert found["models"]["tfidf"]["labels"]["per_class"]["verbal conflict"]["support"] == 1
    assert found["models"]["tfidf"]["labels"]["per_class"]["material conflict"]["f1"] > 0.9


def test_a_rival_must_have_every_label_to_learn_from(data, tmp_path):
    settings = config(tmp_path, bundle=None)
    rows = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines()]
    kept = [row for row in rows if row["label"] != "de-escalation"]
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    with pytest.raises(DataError, match=r"no row of .*train\.jsonl is labelled de-escalation, which majority is to learn"):
        run(settings, "c", data=data, cache=tmp_path)
    alone = settings.model_copy(update={"rivals": []})
    assert run(alone, "c", data=data, cache=tmp_path)["models"] == {}


def test_the_training_files_of_a_bundle_are_read_by_their_own_columns(data, tmp_path, tiny_bundle):
    bundle = shutil.copytree(tiny_bundle, tmp_path / "bundle")
    text = (data / "cameo_class.dev.tsv").read_text().splitlines()[3].split("\t")[0]
    learnt = tmp_path / "learnt.csv"
    learnt.write_text(f"sentence,class\n{text},neutral\n")
    manifest = json.loads((bundle / "manifest.json").read_text())
    columns = {"text_column": "sentence", "label_column": "class"}
    manifest["provenance"]["config"]["data"] = {"train": [str(learnt)], **columns}
    manifest["provenance"]["data"] = {str(learnt): sha256_of(learnt)}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    found = run(config(tmp_path, bundle=str(bundle), rivals=[]), "c", data=data, cache=tmp_path)
    assert found["leaks"]["bundle"]["files"] == [str(learnt)]
    assert found["leaks"]["bundle"]["exact"] == 1


@pytest.mark.parametrize("read", ["data.train", "data.validation", "pooling.texts", "distillation.texts"])
def test_all_that_a_bundle_was_made_from_is_searched_for_test_sentences(data, tmp_path, tiny_bundle, read):
    text = (data / "cameo_class.dev.tsv").read_text().splitlines()[3].split("\t")[0]
    settings = config(tmp_path, rivals=[])
    bundle = shutil.copytree(tiny_bundle, tmp_path / "bundle")
    manifest = json.loads((bundle / "manifest.json").read_text())
    # The bundle and the rivals were trained on the same rows; the test sentence is not among these, but for the first case.
    learnt = {"data.train": str(tmp_path / "own.jsonl"), "data.validation": str(tmp_path / "validation.jsonl")}
    learnt |= dict.fromkeys(("pooling.texts", "distillation.texts"), str(tmp_path / "pool.jsonl"))
    for path in learnt.values():
        write_rows(tmp_path / path, 9)
    with (tmp_path / learnt[read]).open("a") as file:
        file.write(json.dumps({"text": text, "label": "neutral"}) + "\n")
    manifest["provenance"]["config"] |= {
        "data": {"train": [*settings.train, learnt["data.train"]], "validation": [learnt["data.validation"]]},
        "pooling": {"texts": [learnt["pooling.texts"]]} if read == "pooling.texts" else None,
        "distillation": {"texts": [learnt["distillation.texts"]]} if read == "distillation.texts" else None,
    }
    manifest["provenance"]["data"] = {path: sha256_of(tmp_path / path) for path in (*settings.train, *learnt.values())}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    found = run(settings.model_copy(update={"bundle": str(bundle)}), "c", data=data, cache=tmp_path)
    assert found["leaks"]["bundle"]["exact"] == 1
    assert learnt[read] in found["leaks"]["bundle"]["files"]


def test_a_bundle_whose_unlabelled_texts_are_gone_is_not_said_to_have_read_none(data, tmp_path, tiny_bundle):
    settings = config(tmp_path, rivals=[])
    bundle = shutil.copytree(tiny_bundle, tmp_path / "bundle")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["provenance"]["config"] |= {"data": {"train": settings.train}, "distillation": {"texts": ["gone.jsonl"]}}
    manifest["provenance"]["data"] = {settings.train[0]: sha256_of(tmp_path / "train.jsonl"), "gone.jsonl": "0" * 64}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    found = run(settings.model_copy(update={"bundle": str(bundle)}), "c", data=data, cache=tmp_path)
    assert found["leaks"]["bundle"].endswith("not at hand: gone.jsonl")


def test_contrast_sets_are_scored_by_group(tmp_path, tiny_bundle, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    group = {
        "id": "a", "phenomenon": "negation",
        "sentences": [{"text": "alpha rebels.", "code": "E1"}, {"text": "gamma river.", "code": "N1"}],
    }  # fmt: skip
    (tmp_path / "data" / "contrast.jsonl").write_text(json.dumps(group) + "\n")
    found = run(config(tmp_path, task="contrast", bundle=str(tiny_bundle), rivals=[]), "c", data=None, cache=tmp_path)
    assert found["models"]["tiny-test"]["contrast"]["groups"] == 1
    assert "groups right" in benchmark_table(found)
    assert found["half"] is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "nothing"}, "no task 'nothing'"),
        ({"rivals": ["nothing"]}, "no rival 'nothing'"),
        ({"rivals": [{"method": "tfidf", "options": {"depth": 3}}]}, "unknown option depth; it takes none"),
        ({"rivals": ["tfidf", "tfidf"]}, "two rivals have the same name"),
        ({"folds": 3}, "set bundle: null"),
        ({"folds": 3, "bundle": None, "rivals": ["vader"]}, "vader cannot learn"),
        ({"folds": 3, "bundle": None, "task": "icbe", "rivals": []}, "no classes of its own"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, changes, message):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({"task": "cameo_class", "output": "r.json", **changes}))
    with pytest.raises(ConfigError, match=message):
        load_benchmark(path)


def test_a_bundle_of_other_labels_cannot_be_transferred(data, tmp_path, tiny_bundle, monkeypatch):
    monkeypatch.setattr(Predictor, "labels", ("rest", "signal"))
    with pytest.raises(BundleError, match="its labels are rest, signal"):
        run(config(tmp_path, bundle=str(tiny_bundle)), "c", data=data, cache=tmp_path)


OF_QUALITY = [path for path in sorted((ROOT / "configs" / "benchmark").glob("*.yaml")) if not is_speed(path)]


@pytest.mark.parametrize("path", OF_QUALITY, ids=lambda path: path.name)
def test_every_config_of_the_project_is_valid_and_says_how_to_run_it(path):
    found = load_benchmark(path)
    assert found.output == f"data/results/benchmark/{path.stem}.json"
    assert f"escalate benchmark configs/benchmark/{path.name}" in path.read_text(encoding="utf-8")


def test_the_command_prints_the_table_and_names_no_folder(data, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump(config(tmp_path, bundle=None).model_dump()))
    found = CliRunner().invoke(app, ["benchmark", str(path), "resamples=11", "--data", str(data)])
    assert found.exit_code == 0, found.output
    assert "| tfidf |" in found.output
    assert json.loads((tmp_path / "out" / "r.json").read_text())["command"].endswith("resamples=11 --data DIR")
