import logging

import anyio
import httpx

from escalate.predict import Predictor
from escalate.server.app import create_app
from escalate.server.settings import Settings


class Broken:
    """A runtime whose error message holds what it was given."""

    name = "broken"

    def logits(self, token_ids):
        raise ValueError(f"secret {token_ids}")


def test_a_failure_is_a_problem_and_its_message_stays_out_of_the_log(caplog):
    app = create_app(Settings(), Predictor.load().on(Broken()))

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await client.post("/v1/predict", json={"texts": "Rebels shelled the town."})

    with caplog.at_level(logging.INFO, "escalate.server"):
        response = anyio.run(ask)
    assert response.status_code == 500
    assert response.json()["type"] == "urn:escalate:failed"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "ValueError at" in caplog.text
    assert "secret" not in caplog.text
    assert "secret" not in response.text
