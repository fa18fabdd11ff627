import json

import pytest

from escalate.errors import MissingExtraError
from escalate.report.export import check_target
from tests.cli.test_cli import run


@pytest.fixture
def folder(tmp_path):
    texts = {
        "2019-03-01": "Rebels shelled the town. India accused Pakistan of firing across the border.",
        "2019-03-02": "The army bombed a bridge at dawn. Nobody answered for hours.",
        "2019-03-03": "India and Pakistan agreed on a ceasefire. Both armies pulled back.",
        "2019-03-04": "Prisoners were exchanged at the bridge. Talks resumed in the capital.",
    }
    inside = tmp_path / "articles"
    inside.mkdir()
    for day, text in texts.items():
        (inside / f"{day}.txt").write_text(f"{day}\n\n{text}")
    (inside / "undated.txt").write_text("Nothing is known of the day.")
    return inside


def test_a_folder_becomes_csv_in_a_pipe_and_undated_articles_are_named(folder):
    found = run("timeline", folder)
    header, *rows = found.stdout.splitlines()
    assert header.startswith("series,period,articles,reports,sentences")
    assert len(rows) == 4
    assert "without a date, in no series: undated" in found.stderr


def test_articles_in_another_language_are_named(folder, tmp_path):
    text = "2019-03-05\n\nDie Rebellen haben am Abend die Vororte der Hauptstadt beschossen und vier Menschen getötet."
    (folder / "german.txt").write_text(text, encoding="utf-8")
    for arguments in (["timeline", folder], ["report", folder, "--out", tmp_path / "r.html"]):
        assert "in another language than English, in no series: german" in run(*arguments).stderr


def test_copies_are_counted(folder):
    assert "collapsed" not in run("timeline", folder).stderr
    for name in ("copy", "copy2"):
        text = (folder / "2019-03-01.txt").read_text().replace("2019-03-01", "2019-03-02")
        (folder / f"{name}.txt").write_text(text)
    assert "2 near-copies collapsed" in run("timeline", folder).stderr


def test_a_file_holds_changes_and_sentences(folder, tmp_path):
    run("timeline", folder, "--by", "dyad", "--freq", "M", "--to", tmp_path / "t.json", "--lead", "1", "--headline", "0")
    content = json.loads((tmp_path / "t.json").read_text())
    assert content["periods"][0]["series"] == "India – Pakistan"
    assert {sentence["weight"] for sentence in content["sentences"]} == {1.0}


def test_a_folder_in_the_place_of_a_file_is_refused_before_any_work(folder, tmp_path):
    for arguments in (["report", folder, "--out", tmp_path], ["timeline", folder, "--to", tmp_path]):
        assert "is a directory" in run(*arguments, code=2).stderr
    assert [file.name for file in tmp_path.iterdir()] == [folder.name]


def test_a_place_that_cannot_be_written_is_found_before_any_work(tmp_path):
    (tmp_path / "a.txt").write_text("")
    place = tmp_path / "a.txt" / "b"
    for options in (["timeline", "--to", place.with_suffix(".csv")], ["report", "--out", place], ["report", "--plots", place]):
        error = run(options[0], "no-such-article.txt", *options[1:], code=1).stderr
        assert "a.txt is no folder; choose another place" in error


def test_parquet_names_the_extra_that_it_needs(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("escalate.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"needs pyarrow.*escalate-signals\[timeline\]"):
        check_target(tmp_path / "t.parquet")
    check_target(tmp_path / "t.csv")


def test_a_report_is_one_page(folder, tmp_path):
    found = run("report", folder, "--out", tmp_path / "r.html", "--plots", tmp_path / "plots", "--title", "Border")
    assert "5 articles, 1 series" in found.stdout
    assert "<h1>Border</h1>" in (tmp_path / "r.html").read_text()
    assert (tmp_path / "plots" / "series-1.png").is_file()


def test_usage_errors_have_exit_code_2_and_data_errors_1(folder, tmp_path):
    assert "--allow-network" in run("timeline", "https://example.org/feed", code=2).stderr
    assert "unknown kind of file" in run("timeline", folder, "--to", "x.xlsx", code=2).stderr
    assert "have a date" in run("timeline", folder / "undated.txt", code=1).stderr


def test_an_article_is_explained(folder):
    found = run("article", folder / "2019-03-01.txt", "--explain").stdout
    assert "rests on" in found
    assert "shelled +" in found
    assert "actors: India, Pakistan" in found
    content = json.loads(run("article", folder / "2019-03-01.txt", "--explain", "--format", "json").stdout)
    assert content["sentences"][0]["words"][0]["text"] == "shelled"
    assert content["actors"] == ["India", "Pakistan"]
