"""Answers to what cannot be done, as application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from escalate.errors import EscalateError
from escalate.server.batching import OverdueError, StoppedError

MEDIA: Final = "application/problem+json"
_SHOWN: Final = 20


class Problem(Exception):  # noqa: N818 (the name of the RFC)
    """A request that cannot be answered, and why."""

    def __init__(self, status: int, name: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        """Describe the problem.

        Args:
            status: HTTP status.
            name: Short name, the end of the problem's `type`.
            detail: What is wrong and what to do; never holds text of the request.
            headers: To send with it.
        """
        super().__init__(name)
        self.status, self.name, self.detail, self.headers = status, name, detail, dict(headers or {})


class ProblemAnswer(BaseModel):
    """What is wrong, for programs and for readers."""

    type: str = Field(examples=["urn:escalate:too-many-texts"])
    title: str = Field(examples=["Content Too Large"])
    status: int = Field(examples=[413])
    detail: str = Field(examples=["900 texts; at most 500 are taken at once"])


def answer(problem: Problem) -> JSONResponse:
    """Return a problem as a response."""
    content = ProblemAnswer(
        type=f"urn:escalate:{problem.name}",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
    )
    return JSONResponse(content.model_dump(), problem.status, problem.headers, MEDIA)


def install(app: FastAPI) -> None:
    """Let an application answer with problems, and say so in its OpenAPI description.

    Args:
        app: The application.
    """

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return answer(Problem(422, "invalid", _invalid(error.errors())))

    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return answer(
            Problem(
                error.status_code, HTTPStatus(error.status_code).name.lower().replace("_", "-"), error.detail, error.headers
            )
        )

    async def named(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return answer(error)

    async def unusable(_: Request, error: Exception) -> JSONResponse:
        if isinstance(error, (OverdueError, StoppedError)):
            return answer(Problem(503, "overdue", str(error), {"Retry-After": "5"}))
        return answer(Problem(422, "unusable", str(error)))

    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Problem, named)
    app.add_exception_handler(EscalateError, unusable)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems that a route may answer with, for its description."""
    return {status: {"description": HTTPStatus(status).phrase} for status in statuses}


def _invalid(errors: Sequence[Any]) -> str:
    # The place and the rule, but not the value: it may be somebody's text.
    shown = [f"{'.'.join(str(part)[:40] for part in error['loc'])}: {error['msg']}" for error in errors[:_SHOWN]]
    return "; ".join(shown) + (f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else "")


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        found["components"]["schemas"][ProblemAnswer.__name__] = ProblemAnswer.model_json_schema()
        content = {MEDIA: {"schema": {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}}}
        for path in found["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    if status[0] in "45":
                        response["content"] = content
        app.openapi_schema = found
    return app.openapi_schema
