"""The program as a user runs it: a process with arguments, files, pipes and exit codes."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from escalate import __version__
from escalate.labels import LABELS
from tests.conftest import write_rows

PROGRAM = [sys.executable, "-c", "from escalate.cli.main import main; main()"]


def run(*arguments, stdin="", code=0, **options):
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    found = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        env=environment,
        encoding="utf-8",
        **options,
    )
    assert found.returncode == code, found.stderr
    return found


def lines_of(found):
    return [json.loads(line) for line in found.stdout.splitlines()]


def test_predict_prints_json_lines_into_a_pipe(tiny_bundle):
    found = lines_of(run("predict", "--bundle", tiny_bundle, "alpha rebels", "gamma river"))
    assert [row["label"] for row in found] == ["escalation", "neutral"]
    assert set(found[0]) == {"text", "label", "score", "probabilities", "truncated", "empty", "abstained"}


def test_predict_prints_a_table_when_asked(tiny_bundle):
    found = run("predict", "--bundle", tiny_bundle, "--format", "table", "alpha rebels", "").stdout
    assert "escalation" in found
    assert "[empty]" in found


def test_predict_prints_csv_that_reads_back(tiny_bundle):
    found = run("predict", "--bundle", tiny_bundle, "--format", "csv", 'alpha, "quoted"\nrebels').stdout
    (row,) = csv.DictReader(io.StringIO(found))
    assert (row["text"], row["label"], row["truncated"]) == ('alpha, "quoted"\nrebels', "escalation", "false")
    assert sum(float(row[f"p_{label}"]) for label in LABELS) == pytest.approx(1, abs=1e-5)


def test_predict_and_article_flag_what_they_are_unsure_of(tiny_bundle, article):
    options = ["--bundle", tiny_bundle, "--abstain-below", "1"]
    assert lines_of(run("predict", *options, "alpha rebels"))[0]["abstained"]
    assert "[abstained]" in run("predict", *options, "--format", "table", "alpha rebels").stdout
    assert "abstained" in run("predict", *options, "--format", "csv", "alpha").stdout.splitlines()[0].split(",")
    assert "abstained; mean score" in run("article", article, *options).stdout
    assert "abstain-below" in run("predict", "--abstain-below", "2", "alpha", code=2).stderr


def test_predict_reads_lines_of_standard_input(tiny_bundle):
    found = lines_of(run("predict", "--bundle", tiny_bundle, stdin="alpha rebels\n\nbeta truce\n"))
    assert [(row["label"], row["empty"]) for row in found] == [
        ("escalation", False),
        ("neutral", True),
        ("de-escalation", False),
    ]


def run_bytes(stdin, *arguments, **environment):
    return subprocess.run([*PROGRAM, *arguments], input=stdin, capture_output=True, env={**os.environ, **environment})


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_standard_input_and_output_are_utf_8_whatever_the_system_says(encoding):
    texts = ["Erdoğan threatened Greece.", "Both armies stopped firing. 🕊"]
    stdin = "\ufeff" + "\r\n".join(texts)
    for options in (["--format", "jsonl"], ["--format", "csv"], ["--format", "table"]):
        found = run_bytes(stdin.encode(), "predict", *options, PYTHONIOENCODING=encoding)
        assert found.returncode == 0, found.stderr.decode()
        assert all(text in found.stdout.decode() for text in texts)
    rows = [json.loads(line) for line in run_bytes(stdin.encode(), "predict", PYTHONIOENCODING=encoding).stdout.splitlines()]
    assert [row["text"] for row in rows] == texts


def test_a_line_of_standard_input_that_is_not_utf_8_is_named():
    found = run_bytes(b"Rebels shelled the town.\nErdo\xf0an\n", "predict")
    assert found.returncode == 1
    assert b"standard input: row 2 is not UTF-8" in found.stderr


def test_predict_reads_a_column_of_a_file(tiny_bundle, tmp_path):
    (tmp_path / "a.csv").write_text("id,body\n1,alpha rebels\n2,gamma river\n")
    found = lines_of(run("predict", "--bundle", tiny_bundle, "--file", tmp_path / "a.csv", "--column", "body"))
    assert [row["text"] for row in found] == ["alpha rebels", "gamma river"]


def test_a_wrong_column_is_a_problem_of_the_data(tiny_bundle, tmp_path):
    (tmp_path / "a.csv").write_text("id,body\n1,alpha rebels\n")
    error = run("predict", "--bundle", tiny_bundle, "--file", tmp_path / "a.csv", code=1).stderr
    assert "no column 'text'; there are 'id', 'body'" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "--file", "missing.txt"],
        ["article", "missing.txt"],
        ["no-such-command"],
        ["predict", "--format", "xml", "a"],
    ],
)
def test_wrong_usage_exits_with_2(arguments):
    assert "Traceback" not in run(*arguments, code=2).stderr


def test_sentences_and_a_file_together_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("alpha\n")
    assert "not both" in run("predict", "alpha", "--file", tmp_path / "a.txt", code=2).stderr


def test_an_unknown_bundle_exits_with_1():
    assert "bundles in the package" in run("predict", "--bundle", "no-such-bundle", "a", code=1).stderr


def test_a_broken_pipe_is_quiet_and_no_failure(tiny_bundle):
    first = subprocess.Popen(
        [*PROGRAM, "predict", "--bundle", str(tiny_bundle)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert first.stdout is not None
    first.stdout.close()
    _, error = first.communicate(b"alpha rebels\n" * 5000)
    assert (first.returncode, error) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["predict", "Rebels shelled."], ["article", "-"], ["--version"]])
def test_a_full_disk_behind_standard_output_is_one_message(arguments, unbuffered):
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        found = subprocess.run([*PROGRAM, *arguments], input=b"Rebels.", stdout=full, stderr=subprocess.PIPE, env=environment)
    assert found.returncode == 1
    assert found.stderr == b"escalate: standard output cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    ("arguments", "closed"),
    [(["predict"], [0]), (["article", "-"], [0]), (["predict", "Rebels shelled."], [1]), (["article", "-"], [0, 1, 2])],
)
def test_standard_streams_may_be_closed_as_some_launchers_leave_them(arguments, closed):
    found = subprocess.run([*PROGRAM, *arguments], capture_output=True, preexec_fn=lambda: list(map(os.close, closed)))
    assert (found.returncode, found.stderr) == (0, b"")


@pytest.mark.parametrize("name", ["missing.txt", "Rebels shelled the capital. " * 20])
def test_an_article_in_the_place_of_its_files_name_is_told_the_way(name):
    error = run("article", name, code=2).stderr
    assert "does not exist; give the name of a file, or - and the article itself" in " ".join(error.replace("│", "").split())


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that nobody can read from its start")
def test_an_article_that_cannot_be_read_is_a_problem_of_the_data():
    error = run("article", "/proc/self/mem", "--bundle", "tiny", code=1).stderr
    assert error.startswith("escalate: /proc/self/mem: cannot be read: ")
    assert "Traceback" not in error


@pytest.fixture
def article(tmp_path):
    path = tmp_path / "article.txt"
    path.write_text("date 2024-04-14 The alpha rebels fired. The beta truce held.\n\nGamma river.\n", encoding="utf-8")
    return path


def test_article_prints_sentences_and_a_summary(tiny_bundle, article):
    found = run("article", article, "--bundle", tiny_bundle, "--title", "News").stdout
    assert found.splitlines()[0] == "2024-04-14  News"
    assert "3 sentences: 1 escalation, 1 de-escalation, 1 neutral; mean score" in found
    assert "strongest de-escalation" in found


def test_article_gives_everything_as_json(tiny_bundle, article):
    found = json.loads(run("article", article, "--bundle", tiny_bundle, "--format", "json").stdout)
    text = article.read_text(encoding="utf-8")
    assert found["counts"] == dict.fromkeys(LABELS, 1)
    assert [text[row["start"] : row["end"]] for row in found["sentences"]] == [row["text"] for row in found["sentences"]]


def test_article_reads_standard_input_and_takes_a_date(tiny_bundle):
    arguments = ["article", "-", "--bundle", tiny_bundle, "--format", "json", "--date", "2020-05-06"]
    assert json.loads(run(*arguments, stdin="Alpha.").stdout)["date"] == "2020-05-06"
    assert "no ISO date" in run("article", "-", "--bundle", tiny_bundle, "--date", "6 May", stdin="Alpha.", code=2).stderr


def test_article_reads_a_page_with_its_date_and_title_and_refuses_a_table(tiny_bundle, tmp_path):
    page, table = tmp_path / "a.html", tmp_path / "a.csv"
    meta = '<title>News</title><meta property="article:published_time" content="2024-05-04">'
    page.write_text(
        f"<html><head>{meta}</head><body><article>{'<p>The alpha rebels fired again.</p>' * 9}</article></body></html>"
    )
    table.write_text("text\nAlpha.\nBeta.\n")
    found = run("article", page, "--bundle", tiny_bundle).stdout
    assert found.splitlines()[0] == "2024-05-04  News"
    assert "<" not in found
    assert "`escalate timeline` reads tables" in run("article", table, "--bundle", tiny_bundle, code=1).stderr


def test_article_warns_of_another_language(tiny_bundle, tmp_path, article):
    german = tmp_path / "german.txt"
    german.write_text(
        "Rebellen haben am Abend die Vororte der Hauptstadt beschossen und vier Menschen getötet.", encoding="utf-8"
    )
    warning = "this text reads as another language (de); the model knows English only"
    table, plain = (run("article", german, "--bundle", tiny_bundle, "--format", kind) for kind in ("table", "json"))
    assert warning in table.stderr
    assert warning in plain.stderr
    assert json.loads(plain.stdout)["language"] == "de"
    assert "language" not in run("article", article, "--bundle", tiny_bundle).stderr


def test_an_empty_article_is_no_error_and_a_binary_one_is(tiny_bundle, tmp_path):
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    assert "0 sentences" in run("article", tmp_path / "empty.txt", "--bundle", tiny_bundle).stdout
    assert "not UTF-8 at byte 0" in run("article", tmp_path / "binary.txt", "--bundle", tiny_bundle, code=1).stderr


def test_evaluate_prints_a_table_or_json(tiny_bundle, tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 30)
    table = run("evaluate", tiny_bundle, data, "--resamples", 20).stdout
    assert "macro-F1" in table
    assert "de-escalation" in table
    assert json.loads(run("evaluate", tiny_bundle, data, "--resamples", 20, "--format", "json").stdout)["rows"] == 30


def test_evaluate_writes_results_and_a_report_and_compares(tiny_bundle, tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 30)
    arguments = ["evaluate", tiny_bundle, data, "--resamples", 10, "--sample", 4, "--against", tiny_bundle]
    found = run(*arguments, "--results", tmp_path / "r.json", "--report", tmp_path / "r.html", "--validation", data).stdout
    for part in ("against tiny-test: macro-F1 +0.000", "McNemar exact p 1.000", "homoglyphs: ", "abstain below"):
        assert part in found
    assert json.loads((tmp_path / "r.json").read_text())["command"].startswith("escalate evaluate")
    assert "Robustness" in (tmp_path / "r.html").read_text()
    content = json.loads((tmp_path / "r.json").read_text())
    (tmp_path / "r.json").write_text(json.dumps({**content, "bundle_sha256": "0" * 64}))
    seeds = run("evaluate", tiny_bundle, data, "--resamples", 10, "--seeds", tmp_path / "r.json").stdout
    assert "over 2 seeds: macro-F1" in seeds


def test_labelled_files_are_read_by_the_columns_that_the_bundle_was_trained_with_or_others(tiny_bundle, tmp_path):
    rows = [json.loads(line) for line in write_rows(tmp_path / "rows.jsonl", 30, seed=3).read_text().splitlines()]
    own = tmp_path / "own.csv"
    own.write_text("body,kind\n" + "".join(f"{row['text']},{row['label']}\n" for row in rows))
    bundle = shutil.copytree(tiny_bundle, tmp_path / "bundle")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["provenance"]["config"]["data"] |= {"text_column": "body", "label_column": "kind"}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    settings = ["--resamples", 10, "--format", "json"]
    assert json.loads(run("evaluate", bundle, own, *settings).stdout)["rows"] == 30
    named = ["--text-column", "body", "--label-column", "kind"]
    others = ["--against", bundle, "--validation", own]
    assert json.loads(run("evaluate", tiny_bundle, own, *named, *others, *settings).stdout)["rows"] == 30
    for from_bundle, columns in ((bundle, []), (tiny_bundle, named)):
        assert "on 30 sentences" in run("calibrate", from_bundle, own, "--to", tmp_path / "calibrated", *columns).stdout


def test_evaluate_finds_what_cannot_be_written_or_opened_before_any_work(tmp_path):
    (tmp_path / "rows.jsonl").write_text("no labelled rows")
    for option in ("--results", "--report"):
        error = run("evaluate", "tiny", tmp_path / "rows.jsonl", option, tmp_path / "rows.jsonl" / "r", code=1).stderr
        assert "rows.jsonl is no folder; choose another place" in error
    assert "no bundle 'nosuch'" in run("evaluate", "tiny", tmp_path / "rows.jsonl", "--against", "nosuch", code=1).stderr


def test_evaluate_shows_one_article_without_intervals(tiny_bundle, tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 5)
    found = run("evaluate", tiny_bundle, data, "--resamples", 10, "--against", tiny_bundle).stdout
    assert "5 sentences of 1 articles" in found
    assert "against tiny-test: macro-F1 +0.000, bootstrap p 1.000" in found
    assert "[" not in found


def test_evaluate_names_a_bad_line(tiny_bundle, tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"text": "x", "label": "war"}\n')
    assert "rows.jsonl:1: field 'label'" in run("evaluate", tiny_bundle, tmp_path / "rows.jsonl", code=1).stderr


def test_train_and_export_make_a_bundle_that_predicts(tiny_config, tmp_path):
    import yaml

    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({**tiny_config.model_dump(), "output": str(tmp_path / "run")}))
    assert "escalate export" in run("train", config, "optimisation.epochs=6").stdout
    assert "same labels as the trained model" in run("export", tmp_path / "run", "--to", tmp_path / "bundle").stdout
    assert len(lines_of(run("predict", "--bundle", tmp_path / "bundle", "alpha"))) == 1


def test_a_bad_configuration_exits_with_2_and_lists_the_problems(tmp_path):
    (tmp_path / "config.yaml").write_text("sead: 1\nname: 3\n")
    error = run("train", tmp_path / "config.yaml", code=2).stderr
    assert "2 problem(s)" in error
    assert "Traceback" not in error


def test_the_training_script_is_the_same_program(tmp_path):
    (tmp_path / "config.yaml").write_text("sead: 1\n")
    found = subprocess.run([sys.executable, "scripts/train.py", tmp_path / "config.yaml"], capture_output=True, text=True)
    assert found.returncode == 2
    assert "sead" in found.stderr


def test_the_version_is_told():
    assert run("--version").stdout == f"escalate {__version__}\n"
    assert "--version" in run("--help").stdout


def test_info_tells_version_labels_and_codebook(tiny_bundle):
    found = run("info", "--bundle", tiny_bundle).stdout
    for part in ("tiny-test", "escalation, de-escalation, neutral", "codebook", "1.1", "onnxruntime", "validation macro f1"):
        assert part in found


def test_a_missing_extra_is_named(tmp_path):
    (tmp_path / "config.yaml").write_text("")
    hidden = "import sys; sys.modules['torch'] = None; from escalate.cli.main import main; main()"
    found = subprocess.run([sys.executable, "-c", hidden, "train", tmp_path / "config.yaml"], capture_output=True, text=True)
    assert found.returncode == 1
    assert "pip install 'escalate-signals[train]'" in found.stderr


def test_all_missing_extras_of_an_evaluation_are_named_at_once(tmp_path):
    (tmp_path / "a.jsonl").write_text("")
    hidden = "import sys, escalate.errors as e; e.find_spec = lambda name: None; from escalate.cli.main import main; main()"
    command = [sys.executable, "-c", hidden, "evaluate", "small", tmp_path / "a.jsonl", "--report", tmp_path / "r.html"]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 1
    assert "needs pydantic, countryinfo, matplotlib, jinja2" in found.stderr
    assert "pip install 'escalate-signals[data,report]'" in found.stderr


def test_data_build_makes_the_sentence_files(tmp_path):
    from tests.data.test_build import write_dataset

    write_dataset(tmp_path)
    assert "3 train, 3 validation, 3 test sentences" in run("data", "build", "--data", tmp_path, "--written-only").stdout
    assert (tmp_path / "sentences" / "train.jsonl").is_file()


def test_data_release_lists_the_files_with_their_hashes(tmp_path):
    (tmp_path / "a.jsonl").write_text("{}\n")
    run("data", "release", "0.2.0", "--data", tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["version"], manifest["files"]["a.jsonl"]["rows"]) == ("0.2.0", 1)


def test_an_address_without_ray_is_a_mistake_of_usage_and_a_cluster_that_is_not_there_a_problem(tmp_path):
    (tmp_path / "a.txt").write_text("alpha")
    arguments = ["score", tmp_path / "a.txt", "--out", tmp_path / "o", "--address", "auto"]
    assert "--address is for --engine ray" in run(*arguments, code=2).stderr
    pytest.importorskip("ray")
    for address in ("auto", "127.0.0.1:1", "ray://[::1]:1", "no-such-host.invalid:6379", "127.0.0.1:70000"):
        assert f"no Ray cluster at {address!r}" in run(*arguments[:-1], address, "--engine", "ray", code=1).stderr
