"""Requests made up from the service's own description, valid and invalid, never end in a failure of the service."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server.conftest import Service

ROUTES = [("POST", "/v1/predict"), ("POST", "/v1/article"), ("POST", "/v1/timeline"), ("GET", "/readyz"), ("GET", "/metrics")]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_every_answer_is_as_described(service: Service, method, path, mode):
    operation = schemathesis.openapi.from_url(f"{service.url}/openapi.json")[path][method]
    if mode is schemathesis.GenerationMode.NEGATIVE and method == "GET":
        pytest.skip("nothing to get wrong")

    @settings(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def answers(case):
        case.call_and_validate(checks=CHECKS)

    answers()
