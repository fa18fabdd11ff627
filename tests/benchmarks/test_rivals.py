"""Every rival learns or reads three sentences' worth of made-up words."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import numpy as np
import pytest

from escalate.benchmarks.rivals import RIVALS
from escalate.benchmarks.rivals.base import Savable, Setting
from escalate.benchmarks.rivals.embeddings import codebook_examples
from escalate.data.labelled import read_labelled
from escalate.errors import ConfigError, DataError
from escalate.labels import CODES, LABELS
from tests.conftest import ROOT, write_rows


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return read_labelled(write_rows(tmp_path_factory.mktemp("rows") / "a.jsonl", 150), LABELS)[0]


def read(method, rows, **options):
    classifier = RIVALS[method].make(Setting(LABELS, 13, options))
    classifier.fit([row.text for row in rows], [row.target for row in rows])
    said = classifier.predict_proba([row.text for row in rows])
    assert said.shape == (len(rows), 3)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)
    return said


def right(said, rows):
    return (said.argmax(axis=1) == [row.target for row in rows]).mean()


@pytest.mark.parametrize("method", ["majority", "tfidf", "fasttext", "embeddings", "static", "setfit"])
def test_a_label_that_was_not_learnt_has_a_column_of_its_own(rows, method, tiny_checkpoint):
    options = {"base": str(tiny_checkpoint), "dimensions": 16, "samples": 8, "steps": 2}
    learnt = [row for row in rows if LABELS[row.target] != "de-escalation"]
    said = read(method, learnt, **{name: options[name] for name in RIVALS[method].options if name in options})
    assert (said[:, LABELS.index("de-escalation")] == 0).all()
    assert (said[:, LABELS.index("neutral")] > 0).all()


def test_vader_takes_good_words_for_de_escalation_bad_ones_for_escalation_and_none_for_neutral():
    vader = RIVALS["vader"].make(Setting(LABELS, 13))
    said = vader.predict_proba(["A horrible murder.", "A wonderful, happy peace.", "The table."])
    assert [LABELS[i] for i in said.argmax(axis=1)] == ["escalation", "de-escalation", "neutral"]


def test_fasttext_learns_and_repeats_itself(rows):
    said = read("fasttext", rows)
    assert right(said, rows) > 0.9
    np.testing.assert_array_equal(said, read("fasttext", rows))


def test_static_vectors_of_a_base_learn(rows, tiny_checkpoint):
    assert right(read("static", rows, base=str(tiny_checkpoint), dimensions=16), rows) > 0.5


def test_sentence_embeddings_with_a_linear_head_learn_and_are_saved(rows, tiny_checkpoint, tmp_path):
    options = {"base": str(tiny_checkpoint)}
    assert right(read("embeddings", rows, **options), rows) > 0.5
    classifier = RIVALS["embeddings"].make(Setting(LABELS, 13, options))
    classifier.fit([row.text for row in rows], [row.target for row in rows])
    assert isinstance(classifier, Savable)
    classifier.save(tmp_path)
    assert (tmp_path / "head.npz").is_file()
    assert list(tmp_path.rglob("model.safetensors"))


def test_setfit_learns_from_a_sample(rows, tiny_checkpoint):
    said = read("setfit", rows, base=str(tiny_checkpoint), samples=8, steps=4)
    assert right(said, rows) > 1 / 3


def test_fine_tuning_goes_through_the_trainer(rows, tiny_checkpoint, tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("model: {max_tokens: 32, dropout: 0.0}\noptimisation: {epochs: 8, learning_rate: 3.0e-3, threads: 2}\n")
    assert right(read("finetune", rows, config=str(config), base=str(tiny_checkpoint)), rows) > 0.6


def test_fine_tuning_learns_from_halves_of_characters_too(rows, tiny_checkpoint, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("optimisation: {epochs: 1}\n")
    odd = [rows[0]._replace(text=f"\ud83d {rows[0].text}"), *rows[1:]]
    assert len(read("finetune", odd, config=str(config), base=str(tiny_checkpoint))) == len(rows)


def test_fine_tuning_that_is_kept_is_not_done_again_for_the_same_rows(rows, tiny_checkpoint, tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("model: {max_tokens: 32}\noptimisation: {epochs: 1, threads: 2}\n")
    options = {"config": str(config), "base": str(tiny_checkpoint), "keep": str(tmp_path / "kept")}
    first = read("finetune", rows, **options)
    (run,) = (tmp_path / "kept").iterdir()
    written = (run / "run" / "checkpoint" / "model.safetensors").stat().st_mtime_ns
    np.testing.assert_array_equal(read("finetune", rows, **options), first)
    assert (run / "run" / "checkpoint" / "model.safetensors").stat().st_mtime_ns == written
    read("finetune", rows[1:], **options)
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_the_codebook_gives_one_example_a_code():
    found = codebook_examples(ROOT / "data" / "CODEBOOK.md")
    assert len(found) == len(CODES)
    assert ("Both armies stopped firing at midnight under the truce.", "de-escalation") in found
    assert {label for _, label in found} == set(LABELS)


def test_a_codebook_without_its_codes_is_an_error(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        codebook_examples(tmp_path / "none.md")
    (tmp_path / "a.md").write_text("| E1 | force | Bang. |\n")
    with pytest.raises(DataError, match="no table row for code E2"):
        codebook_examples(tmp_path / "a.md")


def test_nearest_examples_put_a_sentence_beside_itself(tiny_checkpoint):
    codebook = ROOT / "data" / "CODEBOOK.md"
    nearest = RIVALS["nearest"].make(Setting(LABELS, 13, {"base": str(tiny_checkpoint), "codebook": str(codebook)}))
    texts, labels = zip(*codebook_examples(codebook), strict=True)
    said = nearest.predict_proba(texts)
    assert [LABELS[i] for i in said.argmax(axis=1)] == list(labels)


def test_entailment_reads_with_any_classifier(tiny_checkpoint, monkeypatch):
    # The tiny encoder has 64 places; the true hypotheses are too long for it.
    hypotheses = {"escalation": "rebels fired", "de-escalation": "talks", "neutral": "village"}
    monkeypatch.setattr("escalate.benchmarks.rivals.nli.HYPOTHESES", hypotheses)
    entailment = RIVALS["nli"].make(Setting(LABELS, 13, {"base": str(tiny_checkpoint)}))
    np.testing.assert_allclose(entailment.predict_proba(["the rebels", "talks on monday"]).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(("method", "options"), [("nli", {}), ("llm", {"model": "m"}), ("finetune", {"base": None})])
def test_what_needs_weights_or_a_server_says_so(method, options):
    with pytest.raises(ConfigError, match="not set; give"):
        RIVALS[method].make(Setting(LABELS, 13, options))


class Stub(BaseHTTPRequestHandler):
    """Answers with the label that the sentence names, once wrongly."""

    asked: ClassVar[list[Any]] = []

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Stub.asked.append((self.path, self.headers.get("Authorization"), request))
        text = request["messages"][1]["content"]
        again = sum(text == earlier["messages"][1]["content"] for _, _, earlier in Stub.asked) > 1
        said = "I cannot say" if text == "mute" or (text == "neutral" and not again) else f" {text.capitalize()}. "
        body = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
        self.send_response(500 if text == "broken" else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    server = HTTPServer(("127.0.0.1", 0), Stub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_language_model_is_asked_with_the_codebook_and_asked_again_if_it_rambles(address, monkeypatch):
    monkeypatch.setenv("THE_KEY", "secret")
    options = {
        "address": address, "model": "m", "codebook": str(ROOT / "data" / "CODEBOOK.md"), "key_variable": "THE_KEY",
    }  # fmt: skip
    model = RIVALS["llm"].make(Setting(LABELS, 13, options))
    np.testing.assert_array_equal(model.predict_proba(["neutral", "escalation", "de-escalation"]), np.eye(3)[[2, 0, 1]])
    path, key, request = Stub.asked[0]
    assert (path, key, request["temperature"]) == ("/v1/chat/completions", "Bearer secret", 0)
    assert "D5" in request["messages"][0]["content"]
    with pytest.raises(DataError, match="row 0 was answered with 'I cannot say'"):
        model.predict_proba(["mute"])
    with pytest.raises(DataError, match="no answer to row 0"):
        model.predict_proba(["broken"])
    monkeypatch.delenv("THE_KEY")
    with pytest.raises(ConfigError, match="THE_KEY holds no key"):
        RIVALS["llm"].make(Setting(LABELS, 13, options))
