import socket

import pytest

from escalate.errors import ConfigError
from escalate.server.run import serve
from escalate.server.settings import settings
from tests.cli.test_cli import run


def test_the_command_line_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("ESCALATE_PORT", "1234")
    monkeypatch.setenv("ESCALATE_QUEUE", "7")
    found = settings(port=4321, host=None)
    assert (found.port, found.queue, found.host) == (4321, 7, "127.0.0.1")


def test_every_problem_is_named_and_no_secret(monkeypatch):
    monkeypatch.setenv("ESCALATE_PORT", "99999")
    monkeypatch.setenv("ESCALATE_API_KEY", "")
    with pytest.raises(ConfigError, match=r"port.*api_key"):
        settings()
    monkeypatch.setenv("ESCALATE_API_KEY", "sesame")
    with pytest.raises(ConfigError) as caught:
        settings()
    assert "sesame" not in str(caught.value)


def test_a_variable_that_is_no_setting_is_refused_and_the_nearest_one_named(monkeypatch):
    monkeypatch.setenv("ESCALATE_APIKEY", "sesame")
    monkeypatch.setenv("Escalate_Max_Text", "3")
    monkeypatch.setenv("escalate_queue", "7")
    with pytest.raises(ConfigError) as caught:
        settings()
    assert str(caught.value) == (
        "settings of the service: ESCALATE_APIKEY is no setting; the nearest one is ESCALATE_API_KEY; "
        "Escalate_Max_Text is no setting; the nearest one is ESCALATE_MAX_TEXTS"
    )


def test_what_kubernetes_sets_for_services_of_that_name_is_passed_over(monkeypatch):
    for name in ("ESCALATE", "ESCALATE_WEB"):
        monkeypatch.setenv(f"{name}_SERVICE_HOST", "10.0.0.1")
        monkeypatch.setenv(f"{name}_SERVICE_PORT", "80")
        monkeypatch.setenv(f"{name}_SERVICE_PORT_HTTP", "80")
        monkeypatch.setenv(f"{name}_PORT", "tcp://10.0.0.1:80")
        monkeypatch.setenv(f"{name}_PORT_80_TCP", "tcp://10.0.0.1:80")
        monkeypatch.setenv(f"{name}_PORT_80_TCP_ADDR", "10.0.0.1")
    monkeypatch.setenv("ESCALATE_QUEUE", "7")
    assert (settings().port, settings(port=0).port, settings().queue) == (8000, 0, 7)
    monkeypatch.setenv("ESCALATE_REPORT", "8001")
    with pytest.raises(ConfigError, match="ESCALATE_REPORT is no setting"):
        settings()


def test_an_address_in_use_is_one_clear_message():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}"):
            serve(settings(port=port))


def test_usage_errors_have_exit_code_2():
    assert "port" in run("serve", "--port", "99999", code=2).stderr
