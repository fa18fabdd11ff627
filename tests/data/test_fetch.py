"""Fetching from a real server on loopback."""

import hashlib
import threading
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from escalate.data.build import SourceFile
from escalate.data.fetch import fetch
from escalate.errors import DataError

CONTENT = b'{"docid": "D1"}\n' * 1000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def upstream(tmp_path):
    folder = tmp_path / "upstream"
    folder.mkdir()
    (folder / "a.json").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *arguments: Quiet(*arguments, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    yield SourceFile("muc4", "muc4/a.json", f"http://127.0.0.1:{server.server_port}/a.json", "c", sha256, "free")
    server.shutdown()
    server.server_close()


def test_a_file_is_fetched_once(upstream, tmp_path):
    assert fetch([upstream], tmp_path / "cache") == 1
    assert (tmp_path / "cache" / "muc4" / "a.json").read_bytes() == CONTENT
    assert fetch([upstream], tmp_path / "cache") == 0


def test_a_half_written_file_of_an_interrupted_fetch_is_fetched_again(upstream, tmp_path):
    place = tmp_path / "cache" / "muc4" / "a.json"
    place.parent.mkdir(parents=True)
    place.write_bytes(CONTENT[:100])
    assert fetch([upstream], tmp_path / "cache") == 1
    assert place.read_bytes() == CONTENT


def test_a_changed_upstream_file_is_an_error_and_leaves_nothing(upstream, tmp_path):
    with pytest.raises(DataError, match="the upstream file changed"):
        fetch([replace(upstream, sha256="0" * 64)], tmp_path / "cache")
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_an_address_that_does_not_answer_is_an_error_that_says_what_to_do(upstream, tmp_path):
    for url in (upstream.url + ".gone", "http://127.0.0.1:9/a.json"):
        with pytest.raises(DataError, match=r"could not be fetched .* --sources"):
            fetch([replace(upstream, url=url)], tmp_path / "cache")
