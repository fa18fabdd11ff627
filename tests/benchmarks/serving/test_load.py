import pytest

from escalate.benchmarks.serving.load import figures, running, soak
from escalate.errors import EscalateError


def test_figures_count_good_answers_alone():
    found = figures([(200, 0.1), (200, 0.3), (503, 9.0)], 2.0)
    assert (found["answers"], found["failures"], found["throughput"]) == (2, 1, 1.0)
    assert found["p50"] == pytest.approx(0.2)


def test_memory_is_watched_while_clients_ask():
    found = soak(clients=2, seconds=2, parts=2)
    assert found["answers"] > 0
    assert found["failures"] == 0
    assert found["growth"] < 1.5


def test_a_service_that_does_not_come_up_is_an_error():
    with pytest.raises(EscalateError, match="did not come up"), running(["false"]):
        pass
