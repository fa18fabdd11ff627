import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from escalate.predict import Predictor
from escalate.server import schemas, work
from escalate.server.batching import Deadline, OverdueError, deadline
from tests.server.conftest import running

SECRET = "Zanzibarian submarines shelled Atlantis."


def problem(response, status, name):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert (content["status"], content["type"]) == (status, f"urn:escalate:{name}")
    return content["detail"]


def test_one_text_and_many_are_read_as_by_the_predictor(service):
    texts = ["Rebels shelled the town.", "", "Both armies stopped firing. 🕊️"]
    expected = [prediction.to_dict() for prediction in Predictor.load().predict(texts)]
    assert service.client.post("/v1/predict", json={"texts": texts}).json() == {"predictions": expected}
    assert service.client.post("/v1/predict", json={"texts": texts[0]}).json() == {"predictions": expected[:1]}
    assert service.client.post("/v1/predict", json={"texts": []}).json() == {"predictions": []}


def test_an_article_is_read_with_the_words_its_labels_rest_on(service):
    text = "2019-03-01\n\nRebels shelled the town. India accused Pakistan."
    found = service.client.post("/v1/article", json={"text": text, "explain": True, "title": "Fire"}).json()
    assert (found["date"], found["title"], found["actors"]) == ("2019-03-01", "Fire", ["India", "Pakistan"])
    assert [text[sentence["start"] : sentence["end"]] for sentence in found["sentences"]] == [
        "Rebels shelled the town.",
        "India accused Pakistan.",
    ]
    assert "shelled" in [word["text"] for word in found["sentences"][0]["words"]]


GERMAN = "Die Rebellen haben am Abend die Vororte der Hauptstadt beschossen und vier Menschen getötet."


def test_an_article_in_another_language_is_read_and_says_so(service):
    assert service.client.post("/v1/article", json={"text": GERMAN}).json()["language"] == "de"
    found = service.client.post("/v1/article", json={"text": "Rebels shelled the town."}).json()
    assert (found["language"], found["interval"]) == (None, None)


def test_articles_make_a_time_line(service):
    articles = [
        {"text": "2019-03-01\nRebels shelled the town."},
        {"text": "Both armies agreed on a ceasefire.", "date": "2019-03-02", "id": "calm"},
        {"text": "Nobody knows when it rained."},
        {"text": GERMAN, "date": "2019-03-02"},
    ]
    found = service.client.post("/v1/timeline", json={"articles": articles, "freq": "D"}).json()
    assert [row["period"][:10] for row in found["periods"]] == ["2019-03-01", "2019-03-02"]
    assert [row["index_low"] for row in found["periods"]] == [None, None]
    assert (found["undated"], found["foreign"], found["copies"]) == (["article-3"], ["article-4"], [])
    read = {"article-1/0", "calm/0", "article-3/0", "article-4/0"}
    assert {sentence["id"] for sentence in found["sentences"]} == read
    assert {id_ for row in found["membership"] for id_ in row["sentence"]} == {"article-1/0", "calm/0"}


STATES = (
    "Afghanistan, Albania, Algeria, Angola, Argentina, Armenia, Australia, Austria, Azerbaijan, Bahrain, Bangladesh, Belarus, "
    "Belgium, Belize, Benin, Bhutan, Bolivia, Botswana, Brazil, Bulgaria, Cambodia, Cameroon, Canada, Chile, China, Colombia, "
    "Croatia, Cuba, Cyprus, Denmark, Ecuador, Egypt, Estonia, Ethiopia, Fiji, Finland, France and Gabon"
)


def test_a_time_line_is_given_up_when_its_time_is_over():
    request = schemas.TimelineRequest(articles=[{"text": "Rebels shelled the town.", "date": "2019-03-01"}])
    predictor = Predictor.load("tiny")
    given_up = deadline.set(Deadline(-1))
    try:
        with pytest.raises(OverdueError):
            work.timeline(predictor, request, 10)
    finally:
        deadline.reset(given_up)


@pytest.mark.parametrize(
    ("path", "body", "status", "name", "detail"),
    [
        ("predict", {"texts": ["x"] * 21}, 413, "too-many-texts", "21 texts; at most 20"),
        ("predict", {"texts": "x" * 5001}, 413, "text-too-long", "5001 characters"),
        ("predict", {"texts": "x" * 20001}, 413, "body-too-large", "20000 bytes"),
        ("article", {"text": "x", "title": "x" * 5001}, 413, "text-too-long", "title has 5001 characters"),
        ("timeline", {"articles": [{"text": "x", "title": "x" * 5001}]}, 413, "text-too-long", "title 0 has 5001"),
        (
            "timeline",
            {"articles": [{"text": "x"}, {"text": "x", "source": "x" * 5001}]},
            413,
            "text-too-long",
            "source 1 has 5001",
        ),
        ("timeline", {"articles": [{"text": "x", "conflict": "x" * 5001}]}, 413, "text-too-long", "conflict 0 has 5001"),
        ("timeline", {"articles": [{"text": "a\n\n" * 501}]}, 413, "time-line-too-large", "more than 500 sentences"),
        (
            "timeline",
            {"articles": [{"text": f"Troops of {STATES} attacked.", "date": "2019-03-01"}], "by": "dyad"},
            413,
            "time-line-too-large",
            "entries by dyad",
        ),
        ("predict", {"texts": [7]}, 422, "invalid", "body.texts"),
        ("article", {"text": "x", "date": "1 May"}, 422, "invalid", "body.date"),
        ("article", {"text": "x", "date": "20240414"}, 422, "invalid", "body.date"),
        ("article", {"text": "x", "date": 0}, 422, "invalid", "body.date"),
        ("article", {"text": "x", "autor": "y"}, 422, "invalid", "body.autor"),
        ("timeline", {"articles": []}, 422, "invalid", "body.articles"),
        ("timeline", {"articles": [{"text": "x"}]}, 422, "unusable", "have a date"),
        ("timeline", {"articles": [{"text": "x", "id": "a"}] * 2}, 422, "unusable", "same id"),
        ("timeline", {"articles": [{"text": "0004-01-01\nx"}]}, 422, "unusable", "1700 to 2199"),
    ],
)
def test_what_cannot_be_done_is_a_problem(service, path, body, status, name, detail):
    assert detail in problem(service.client.post(f"/v1/{path}", json=body), status, name)


def posted(service, path, body):
    # httpx would refuse to write half of a surrogate pair; JSON writes it in ASCII.
    found = service.client.post(f"/v1/{path}", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert found.status_code == 200, found.text
    return found.json()


def test_half_a_surrogate_pair_is_replaced_wherever_it_stands(service):
    assert posted(service, "predict", {"texts": "a \ud800 b"})["predictions"][0]["text"] == "a \ufffd b"
    assert posted(service, "predict", {"texts": ["\udfff", "🕊"]})["predictions"][1]["text"] == "🕊"
    found = posted(service, "article", {"text": "\ud800 Rebels shelled the town.", "title": "\ud800", "explain": True})
    assert (found["title"], found["sentences"][0]["end"]) == ("\ufffd", 26)
    article = {"text": "x", "date": "2019-03-01", "id": "\ud800", "title": "\ud800", "source": "\ud800", "conflict": "\ud800x"}
    found = posted(service, "timeline", {"articles": [article], "by": "conflict"})
    assert found["periods"][0]["series"] == "\ufffdx"


def test_no_long_text_takes_much_longer_than_an_ordinary_one():
    length = 100_000

    def seconds(text):
        began = time.monotonic()
        posted(long, "article", {"text": text})
        return time.monotonic() - began

    with running() as long:
        ordinary = max(seconds(("Rebels shelled the town, " * length)[:length]) for _ in range(2))
        for text in ("date" + " " * (length - 5) + "x", "a" + "\u0316\u0301" * (length // 2 - 1), '" a' * (length // 3)):
            assert seconds(text) < 10 * ordinary


def test_paths_methods_and_json_that_are_wrong_are_problems_too(service):
    problem(service.client.get("/nowhere"), 404, "not-found")
    problem(service.client.get("/v1/predict"), 405, "method-not-allowed")
    problem(service.client.post("/v1/predict", content=b"{", headers={"Content-Type": "application/json"}), 422, "invalid")
    for media in ({"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "text/json"}, {}):
        refused = service.client.post("/v1/predict", content=b'{"texts": "x"}', headers=media)
        assert "Content-Type: application/json" in problem(refused, 415, "media-type")


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"])
def test_json_is_taken_under_all_its_names(service, media):
    answer = service.client.post("/v1/predict", content=b'{"texts": []}', headers={"Content-Type": media})
    assert answer.json() == {"predictions": []}


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_a_check_may_ask_for_the_head_alone(service, path):
    answer = service.client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == service.client.get(path).headers["content-length"]


def raw(service, head, body=b""):
    """Send bytes, and return what comes until the service closes the connection."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        connection.sendall(head + body)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def test_a_body_that_never_ends_is_cut_off(service):
    head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b" 413 " in raw(service, head, b"4e20\r\n" + b"x" * 20000 + b"\r\n1\r\ny\r\n").split(b"\r\n")[0]


def test_a_slow_client_is_sent_away_and_holds_up_nobody(service):
    head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with ThreadPoolExecutor(8) as pool:
        slow = [pool.submit(raw, service, head) for _ in range(8)]
        assert service.client.get("/readyz").json()["status"] == "ready"
        assert all(b" 408 " in future.result(60).split(b"\r\n")[0] for future in slow)


def test_a_client_that_never_says_what_it_wants_is_sent_away():
    started = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    with running(connections="4", body_timeout="1") as small, ThreadPoolExecutor(3) as pool:
        idle = [pool.submit(raw, small, head) for head in (b"", started, started + b"\r\n" + started)]
        received = [future.result(120) for future in idle]
        assert received[:2] == [b"", b""]
        assert received[2].count(b"HTTP/1.1 200 ") == 1
        assert small.client.get("/healthz").json()["status"] == "alive"


def test_as_many_connections_as_are_set_are_served():
    with running(connections="2") as small, socket.create_connection(("127.0.0.1", small.port), timeout=60):
        assert small.client.get("/healthz").json()["status"] == "alive"
        assert b" 503 " in raw(small, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").split(b"\r\n")[0]


def test_a_full_queue_says_when_to_come_again():
    article = {"text": " ".join(["Rebels shelled the town by night."] * 60), "explain": True}
    with running(queue="1") as busy, ThreadPoolExecutor(1) as pool:
        working = pool.submit(busy.client.post, "/v1/article", json=article)
        while "inside 1.0" not in busy.client.get("/metrics").text:
            time.sleep(0.01)
        refused = busy.client.post("/v1/predict", json={"texts": "x"})
        problem(refused, 429, "busy")
        assert int(refused.headers["retry-after"]) >= 1
        assert working.result(120).status_code == 200


def logged(service, text):
    """Wait until the log says so, for ten seconds at most."""
    end = time.monotonic() + 10
    while text not in "".join(service.log) and time.monotonic() < end:
        time.sleep(0.01)
    return text in "".join(service.log)


LONG = json.dumps({"texts": ["Rebels shelled the town by night."] * 500, "explain": True}).encode()


@contextmanager
def asking(service, body=LONG):
    """Ask for long work; the connection is closed at the end, whether or not an answer has come."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        head = "POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
        connection.sendall(head.format(len(body)).encode() + body)
        while "inside 1.0" not in service.client.get("/metrics").text:
            time.sleep(0.01)
        yield connection


def test_work_for_a_client_that_has_gone_is_given_up():
    with running(queue="1") as busy:
        with asking(busy):
            problem(busy.client.post("/v1/predict", json={"texts": "x"}), 429, "busy")
        assert logged(busy, "POST /v1/predict 499")
        assert busy.client.post("/v1/predict", json={"texts": "x"}).status_code == 200


def test_a_body_that_breaks_off_is_not_read(service):
    head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        connection.sendall(head + b'e\r\n{"texts": "x"}\r\n')
    assert logged(service, "POST other 499")


def test_requests_sent_ahead_are_answered_in_their_order(service):
    body = json.dumps({"texts": ["Rebels shelled the town."] * 20, "explain": True}).encode()
    head = f"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    found = raw(service, head.encode() + body, head.encode() + body + last)
    assert found.count(b"HTTP/1.1 200 ") == 3
    assert found.rindex(b"alive") > found.rindex(b"predictions")


def test_overlong_work_is_given_up():
    article = {"text": " ".join(["Rebels shelled the town by night."] * 300), "explain": True}
    with running(timeout="0.2") as hasty:
        problem(hasty.client.post("/v1/article", json=article), 503, "overdue")
        assert hasty.client.get("/readyz").status_code == 200


def test_a_key_is_asked_for_where_texts_are_read():
    with running(api_key="open sesame") as locked:
        for headers in ([], [(b"X-API-Key", b"open")], [(b"X-API-Key", b"\xff")]):
            problem(locked.client.post("/v1/predict", json={"texts": "x"}, headers=headers), 401, "key")
        assert locked.client.post("/v1/predict", json={"texts": "x"}, headers={"X-API-Key": "open sesame"}).status_code == 200
        assert locked.client.get("/healthz").json()["status"] == "alive"
        assert "open sesame" not in "".join(locked.log)


def test_told_to_stop_it_finishes_what_is_in_work():
    article = {"text": " ".join(["Rebels shelled the town by night."] * 30), "explain": True}
    with running() as service, ThreadPoolExecutor(1) as pool:
        working = pool.submit(service.client.post, "/v1/article", json=article)
        while "inside 1.0" not in service.client.get("/metrics").text:
            time.sleep(0.01)
        service.process.send_signal(signal.SIGTERM)
        assert len(working.result(120).json()["sentences"]) == 30
        assert service.process.wait(60) == 0


def test_what_is_not_finished_when_it_has_to_stop_is_a_problem_too():
    with running(grace="0") as service, asking(service) as connection:
        service.process.send_signal(signal.SIGTERM)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"urn:escalate:stopping" in answer
        assert service.stop() == 0
        assert "Traceback" not in "".join(service.log)


def test_no_text_reaches_the_log(service):
    for body in ({"texts": SECRET}, {"texts": [SECRET, 7]}, {SECRET: 1}):
        service.client.post("/v1/predict", json=body)
    service.client.get(f"/{SECRET}?q={SECRET}")
    log = "".join(service.log)
    assert "POST /v1/predict 200" in log
    assert "GET other 404" in log
    assert "Zanzibar" not in log


def test_figures_are_counted(service):
    service.client.post("/v1/predict", json={"texts": ["a b", "c d"]})
    found = service.client.get("/metrics").text
    assert 'escalate_requests_total{method="POST",route="/v1/predict",status="200"}' in found
    assert "escalate_batch_texts_sum" in found
    assert 'escalate_request_seconds_bucket{le="0.1",route="/v1/predict"}' in found


def test_answers_carry_security_headers(service):
    for path in ("/", "/page.js", "/nowhere", "/openapi.json"):
        headers = service.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_the_description_names_problems_and_examples(service):
    found = service.client.get("/openapi.json").json()
    predict = found["paths"]["/v1/predict"]["post"]["responses"]
    assert list(predict["429"]["content"]) == ["application/problem+json"]
    assert found["components"]["schemas"]["PredictRequest"]["properties"]["texts"]["examples"]


def test_many_clients_share_batches(service):
    def ask(number):
        text = f"Column {number} crossed the border."
        (found,) = service.client.post("/v1/predict", json={"texts": [text]}).json()["predictions"]
        return found["text"] == text

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(48)))


def test_it_listens_to_this_machine_alone(service):
    assert service.url.startswith("http://127.0.0.1:")
