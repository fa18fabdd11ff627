import io
import json
import sys

import pytest

from escalate.articles.files import read_article, read_articles
from escalate.errors import ConfigError, DataError

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>The Wire</title>
<item><title>Truce &amp; talks</title><link>https://example.org/1</link><pubDate>Fri, 01 Mar 2019 23:30:00 +0200</pubDate>
<description>&lt;p&gt;Both armies stopped.&lt;/p&gt;&lt;p&gt;Talks follow.&lt;/p&gt;</description></item>
<item><title>Undated</title><description>Nothing else is known.</description></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Agency</title><entry><title>A</title><updated>2020-05-06T07:08:09Z</updated>
<content type="html">&lt;p&gt;The border reopened.&lt;/p&gt;</content></entry></feed>"""


def test_a_folder_is_searched_and_its_articles_named_by_their_place_in_it(tmp_path):
    (tmp_path / "2019").mkdir()
    (tmp_path / "2020").mkdir()
    (tmp_path / "2019" / "a.txt").write_text("2019-03-01\n\nOne.")
    (tmp_path / "2020" / "a.txt").write_text("Two.")
    (tmp_path / "notes.pdf").write_text("passed over")
    assert [(a.id, a.date) for a in read_articles([tmp_path])] == [("2019/a", "2019-03-01"), ("2020/a", None)]
    assert [a.id for a in read_articles([f"{tmp_path}/2019/*.txt"])] == ["a"]


def test_files_of_one_name_in_a_folder_keep_their_suffix(tmp_path):
    (tmp_path / "a.txt").write_text("One.")
    (tmp_path / "a.jsonl").write_text('{"text": "Two."}')
    (tmp_path / "b.txt").write_text("Three.")
    for place in (tmp_path, f"{tmp_path}/*.*"):
        assert [article.id for article in read_articles([place])] == ["a.jsonl-1", "a.txt", "b"]


def test_files_of_one_name_in_two_places_are_told_apart_by_their_paths(tmp_path, monkeypatch):
    for name in ("A", "B"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").write_text(f"Text of {name}.")
    (tmp_path / "B" / "y.jsonl").write_text('{"text": "Row."}')
    monkeypatch.chdir(tmp_path)
    for places in (["A", "B"], ["A/x.txt", "B"], ["A/x.txt", "B/x.txt", "B/y.jsonl"], ["*/x.txt", "B/*.jsonl"]):
        assert [article.id for article in read_articles(places)] == ["A/x", "B/x", "y-1"]
    (tmp_path / "A" / "x.csv").write_text("text\nRow.\n")
    assert [article.id for article in read_articles(["A", "B"])] == ["x.csv-1", "A/x", "B/x", "y-1"]


def test_a_file_that_is_given_twice_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "x.txt").write_text("One.")
    monkeypatch.chdir(tmp_path)
    for places in (["A", "A"], ["A", "A/x.txt"], ["A", f"{tmp_path}/A/x.txt"], ["./A", "*/x.txt"]):
        with pytest.raises(DataError, match="the same id"):
            read_articles(places)


def test_hidden_files_are_passed_over(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "b.txt").write_text("No article.")
    (tmp_path / "._a.txt").write_bytes(b"\x00\x05\x16\x07\xff")
    (tmp_path / "a.txt").write_text("One.")
    assert [article.id for article in read_articles([tmp_path])] == ["a"]


def test_linked_folders_are_read_once(tmp_path):
    inside, elsewhere = tmp_path / "inside", tmp_path / "elsewhere"
    inside.mkdir()
    elsewhere.mkdir()
    (inside / "a.txt").write_text("One.")
    (elsewhere / "b.txt").write_text("Two.")
    (inside / "linked").symlink_to(elsewhere)
    (inside / "again").symlink_to(inside)
    (elsewhere / "back").symlink_to(inside)
    assert [article.id for article in read_articles([inside])] == ["a", "linked/b"]


def test_a_glob_reads_the_folders_that_it_matches(tmp_path):
    for name in ("A/x.txt", "B/x.txt", "B/deep/y.txt", "z.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "B" / "notes.docx").write_text("passed over")
    for places in ([f"{tmp_path}/*"], f"{tmp_path}/*", [tmp_path / "[ABz]*"]):
        assert [article.id for article in read_articles(places)] == ["A/x", "B/deep/y", "B/x", "z"]


def test_rows_of_csv_and_json_lines_carry_date_title_source_address_and_conflict(tmp_path):
    row = {"text": "One, two.", "date": "2020-01-02T03:04:05Z", "title": "T", "source": "S", "url": "u", "conflict": "C"}
    (tmp_path / "a.csv").write_text('text,date,title,source,url,conflict\n"One, two.",2020-01-02T03:04:05Z,T,S,u,C\n')
    (tmp_path / "b.jsonl").write_text(json.dumps(row) + "\n\n" + json.dumps({"text": "Bare."}))
    (tmp_path / "c.csv").write_text("title;text;date;source;url;conflict\nT;One, two.;2020-01-02;S;u;C\n")
    first, second, bare, third = read_articles([tmp_path])
    assert (first.id, second.id, bare.id, third.id) == ("a-1", "b-1", "b-3", "c-1")
    for article in (first, second, third):
        assert article.text == "One, two."
        assert (article.date, article.source, article.url, article.conflict) == ("2020-01-02", "S", "u", "C")
    assert (bare.date, bare.title) == (None, "")


def test_feeds_become_articles(tmp_path):
    (tmp_path / "wire.rss").write_bytes(FEED)
    (tmp_path / "agency.atom").write_bytes(ATOM)
    atom, dated, undated = read_articles([tmp_path])
    assert (atom.text, atom.date, atom.source) == ("The border reopened.", "2020-05-06", "Agency")
    assert (dated.title, dated.text, dated.date) == ("Truce & talks", "Both armies stopped.\n\nTalks follow.", "2019-03-01")
    assert (dated.source, dated.url, undated.date) == ("The Wire", "https://example.org/1", None)


def test_a_page_is_dated_by_its_metadata_and_never_by_a_date_in_its_text(tmp_path):
    body = "<p>The two delegations met again in Geneva on 3 May 2017 after a break of seven weeks, the mediator said.</p>" * 3
    (tmp_path / "a.html").write_text(f"<html><body><article><h1>Talks</h1>{body}</article></body></html>")
    meta = '<meta property="article:published_time" content="2019-03-01T10:00:00Z">'
    (tmp_path / "b.html").write_text(f"<html><head>{meta}</head><body><article>{body}</article></body></html>")
    assert [a.date for a in read_articles([tmp_path])] == [None, "2019-03-01"]


@pytest.mark.parametrize(
    ("content", "id_"),
    [
        (b"Plain words.", "stdin"),
        (b"The text, he said, is this.\nIt goes on.", "stdin"),
        (b'{"text": "x"}', "stdin-1"),
        (FEED, "stdin-1"),
        (b'date,"text",label\r\n2019-03-01,"One, two.",x\r\n', "stdin-1"),
        (b"\xef\xbb\xbftext\nOne.\n", "stdin-1"),
        (b"\xef\xbb\xbfdate;text\r\n2019-03-01;One, two.\r\n", "stdin-1"),
        (b"SEP=;\r\ndate;text\r\n2019-03-01;One, two.\r\n", "stdin-1"),
        (b"date\ttext\n2019-03-01\tOne, two.\n", "stdin-1"),
        (b"id,text,date,news source\nstdin-1,One.,2019-03-01,S\n", "stdin-1"),
        (b"Date, Text\n2019-03-01,One.\n", "stdin-1"),
        (b"One; two; text", "stdin"),
    ],
)
def test_standard_input_is_told_apart_by_its_first_characters(monkeypatch, content, id_):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert read_articles(["-"])[0].id == id_


def test_a_json_array_is_no_prose(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'\n[ {"text": "x"}]')))
    with pytest.raises(DataError, match="stdin: a JSON array; write each object on a line of its own"):
        read_articles(["-"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "Id,Text,Date,Source,CONFLICT\ni,One.,2020-01-02,S,C\n"),
        ("a.csv", "id;Text; date ;Source;Conflict\ni;One.;2020-01-02;S;C\n"),
        ("a.tsv", "Id\tText\tDate\tSource\tConflict\ni\tOne.\t2020-01-02\tS\tC\n"),
        ("a.jsonl", '{"Id": "i", "Text": "One.", "Date": "2020-01-02", "Source": "S", "Conflict": "C"}'),
        ("a.csv", "ID,id,text,Text,date,source,conflict\nx,i,One.,Two.,2020-01-02,S,C\n"),
    ],
)
def test_a_field_may_be_written_with_capitals_and_as_it_is_called_goes_first(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    (found,) = read_articles([tmp_path])
    assert (found.id, found.text, found.date, found.source, found.conflict) == ("i", "One.", "2020-01-02", "S", "C")


def test_files_of_other_kinds_in_a_folder_are_counted_in_the_log(tmp_path, caplog):
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "b.md", "c.csv.gz", "in/d.md", "Makefile", ".hidden.md"):
        (tmp_path / name).write_text("x")
    for place in (str(tmp_path), f"{tmp_path}/**/"):
        caplog.clear()
        assert len(read_articles([place])) == 1
        assert caplog.messages == [f"{place}: files of other kinds are passed over: 1 .gz, 2 .md, 1 without suffix"]
    caplog.clear()
    read_articles([tmp_path / "a.txt"])
    assert caplog.messages == []


BODY = "<p>The envoys met in Geneva for two hours.</p>" * 5
PAGE = f"<html><head><title>Talks</title></head><body><article>{BODY}</article></body></html>"


@pytest.mark.parametrize(
    ("name", "content", "begin"),
    [
        ("a.txt", "{One.}", "{One."),
        ("a.md", "One.", "One."),
        ("a", "One.", "One."),
        ("a.html", PAGE, "The envoys"),
        ("a", PAGE, "The envoys"),
        ("a.csv", "text\nOne.\n", "One."),
    ],
)
def test_one_article_is_read_as_what_it_is(tmp_path, name, content, begin):
    (tmp_path / name).write_text(content)
    assert read_article(tmp_path / name).text.startswith(begin)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text\nOne.\nTwo.\n", "a.csv: several articles; `escalate timeline`"),
        ("a.tsv", "text\n", "a.tsv: no article"),
        ("a.json", '[{"text": "x"}]', "a.json: a JSON array"),
        ("a.rss", FEED.decode(), "several articles"),
    ],
)
def test_tables_and_feeds_are_no_single_article(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        read_article(tmp_path / name)


def test_an_address_needs_leave():
    with pytest.raises(ConfigError, match="--allow-network"):
        read_articles(["https://example.org/feed"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "title\nx\n", r"no column 'text'; there are 'title' \(separated by ','\)"),
        ("a.csv", "text,date\nx\n", "row 1 has more or fewer fields"),
        ("a.csv", "text,date\nx,03/04/2020\n", "row 1: expected an ISO 'date'"),
        ("a.jsonl", "[1]", "not list"),
        ("a.jsonl", "{", "a.jsonl:1: expected an object with 'text', found no JSON"),
        ("a.jsonl", '{"text": "x", "title": 3}', "field 'title' must be a string, not int"),
        ("a.jsonl", "[" * 100_000, "a.jsonl:1: expected an object with 'text', found no JSON"),
        ("a.jsonl", '{"text": "x", "id": "i"}\n\n{"text": "y", "id": "i"}', "a.jsonl:3: the same id 'i' as .*a.jsonl:1"),
        ("a.csv", "id,text\ni,x\nj,y\ni,z\n", "a.csv: row 3: the same id 'i' as .*a.csv: row 1"),
        ("a.xml", "<p>no feed</p>", "a.xml: not an RSS or Atom feed"),
        ("a.rss", FEED[:-60].decode(), "a.rss: the feed breaks off"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        read_articles([tmp_path / name])


def test_no_match_and_a_missing_file_are_errors(tmp_path):
    with pytest.raises(DataError, match="no file matches"):
        read_articles([f"{tmp_path}/*.txt"])
    (tmp_path / "link.txt").symlink_to("nowhere")
    for place in (tmp_path / "missing.txt", "x" * 300 + ".txt", tmp_path / "link.txt", tmp_path):
        with pytest.raises(DataError, match="cannot be read"):
            read_articles([place])
    with pytest.raises(DataError, match="an empty name stands for no file"):
        read_articles([""])
