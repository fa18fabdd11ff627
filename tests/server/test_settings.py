import socket
import subprocess
import sys

import pytest

from escalate.errors import ConfigError
from escalate.server.run import serve
from escalate.server.settings import Settings, settings
from tests.cli.test_cli import run


def test_the_command_line_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("ESCALATE_PORT", "1234")
    monkeypatch.setenv("ESCALATE_QUEUE", "7")
    found = settings(port=4321, host=None)
    assert (found.port, found.queue, found.host) == (4321, 7, "127.0.0.1")


def test_every_problem_is_named_and_no_secret(monkeypatch):
    monkeypatch.setenv("ESCALATE_PORT", "99999")
    monkeypatch.setenv("ESCALATE_API_KEY", "")
    monkeypatch.setenv("ESCALATE_FOO", "1")
    with pytest.raises(ConfigError, match=r"ESCALATE_FOO.*port.*api_key"):
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


@pytest.mark.parametrize("name", ["TIMEOUT", "BODY_TIMEOUT", "KEEP_ALIVE", "GRACE"])
@pytest.mark.parametrize("value", ["inf", "nan", "1e10"])
def test_a_time_that_no_timer_takes_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"ESCALATE_{name}", value)
    with pytest.raises(ConfigError, match=name.lower()):
        settings()


def test_a_key_is_taken_without_its_line_end_and_refused_if_clients_would_send_it_in_different_bytes(monkeypatch):
    monkeypatch.setenv("ESCALATE_API_KEY", "open sesame\n")
    key = settings().api_key
    assert key is not None
    assert key.get_secret_value() == "open sesame"
    for wrong in ("sésame", "open\nsesame", "\n"):
        monkeypatch.setenv("ESCALATE_API_KEY", wrong)
        with pytest.raises(ConfigError, match="api_key") as caught:
            settings()
        assert "same" not in str(caught.value)


def test_the_help_lists_every_setting_with_its_default():
    lines = run("serve", "--help").stdout.split()
    found = {part.partition("=")[0]: part.partition("=")[2] for part in lines if part.startswith("ESCALATE_")}
    defaults = {f"ESCALATE_{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    assert found == {name: "" if value is None else str(value) for name, value in defaults.items()}
    assert all(field.description for field in Settings.model_fields.values())


def test_what_service_and_time_lines_need_is_asked_for_at_the_start():
    lacking = ["httptools", "pandas", "ruptures"]
    # With None in its place a module is as good as not installed.
    code = f"import sys; sys.modules.update(dict.fromkeys({lacking})); from escalate.cli.main import main; main()"
    found = subprocess.run([sys.executable, "-c", code, "serve", "--port", "0"], capture_output=True, text=True, timeout=60)
    assert found.returncode == 1
    assert found.stderr.startswith(f"escalate: this needs {', '.join(lacking)}, ")
    assert "escalate-signals[serve]" in found.stderr


def test_an_address_in_use_is_one_clear_message():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}"):
            serve(settings(port=port))


def test_usage_errors_have_exit_code_2():
    assert "port" in run("serve", "--port", "99999", code=2).stderr
    assert "cannot listen on " in run("serve", "--host", "x" * 70, code=2).stderr
