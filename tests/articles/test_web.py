import asyncio
import contextlib
import ipaddress
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from escalate.articles import web
from escalate.articles.web import fetch, public
from escalate.errors import DataError


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/page":
            self._answer(200, b"x" * 1000)
        elif self.path == "/error":
            self._answer(500)
        elif self.path == "/choices":
            self._answer(300)
        elif self.path == "/host":
            self._answer(200, self.headers["Host"].encode())
        else:
            target = {
                "/moved": "/page",
                "/loop": "/loop",
                "/broken": "http://[::1",
                "/inside": f"http://127.0.0.2:{self.headers['Host'].rsplit(':', 1)[1]}/page",
            }
            self._answer(302, location=target[self.path])

    def _answer(self, code, content=b"", location=None):
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def only_this(address):
    return address == ipaddress.ip_address("127.0.0.1")


def test_a_page_is_fetched_also_after_a_redirect(site):
    assert fetch(f"{site}/page", only_this) == fetch(f"{site}/moved", only_this) == b"x" * 1000


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/inside", r"127\.0\.0\.2, not a public address"),
        ("/loop", "more than 5 redirects"),
        ("/error", "could not be fetched"),
        ("/choices", "could not be fetched"),
        ("/broken", "could not be fetched"),
    ],
)
def test_redirects_are_checked_and_errors_named(site, path, message):
    with pytest.raises(DataError, match=message):
        fetch(site + path, only_this)


def test_too_large_an_answer_is_refused(site):
    with pytest.raises(DataError, match="more than 100 bytes"):
        fetch(f"{site}/page", only_this, largest=100)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"])
def test_an_answer_that_trickles_is_given_up_in_time(monkeypatch, start):
    monkeypatch.setattr(web, "_SECONDS_IN_ALL", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle():
            with contextlib.suppress(OSError):
                connection = server.accept()[0]
                connection.sendall(start)
                for _ in range(600):
                    connection.sendall(b"H")
                    time.sleep(0.1)

        threading.Thread(target=trickle, daemon=True).start()
        with pytest.raises(DataError, match="not done after 1 seconds"):
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", only_this)


def test_an_address_is_fetched_also_from_within_an_event_loop(site):
    async def ask():
        return fetch(f"{site}/page", only_this)

    assert asyncio.run(ask()) == b"x" * 1000


def test_private_networks_are_refused_by_default(site):
    with pytest.raises(DataError, match="not a public address"):
        fetch(f"{site}/page")
    for address in ("10.0.0.1", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1", "224.0.0.1", "100.64.0.1", "0.0.0.0"):
        assert not public(ipaddress.ip_address(address))
    for address in ("93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"):
        assert public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:a00:1::",
        "2002:7f00:1::",
        "::7f00:1",
        "fec0::1",
        "2001:0:a00:1::1",
    ],
)
def test_private_addresses_in_the_dress_of_public_ones_are_refused(address):
    assert not public(ipaddress.ip_address(address))


def test_a_site_that_a_network_without_ipv4_translates_is_public():
    assert public(ipaddress.ip_address("64:ff9b::5db8:d822"))


def test_a_name_that_is_not_ascii_goes_over_the_wire_as_names_do(site, monkeypatch):
    port, look_up = int(site.rsplit(":", 1)[1]), socket.getaddrinfo
    # No computer knows such a name.
    names = {"xn--bcher-kva.example": "127.0.0.1"}
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: look_up(names.get(host, host), *rest, **more))
    assert fetch(f"http://bücher.example:{port}/host", only_this) == f"xn--bcher-kva.example:{port}".encode()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "http://user:word@example.org/",
        "http:///x",
        "http://[::1",
        "http://example.org/\n",
        "http://xn--a/",
        "http://bücher.invalid/",
    ],
)
def test_other_addresses_are_refused(url):
    with pytest.raises(DataError):
        fetch(url)
