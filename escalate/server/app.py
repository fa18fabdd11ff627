"""The application: its routes, put together."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from escalate.predict import Predictor
from escalate.server import problems, schemas, work
from escalate.server.admission import Admission
from escalate.server.batching import BatchedRuntime
from escalate.server.guard import Guard
from escalate.server.metrics import Metrics
from escalate.server.problems import Problem, responses
from escalate.server.settings import Settings

_MEDIA = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PARTS = ("text", "title", "source", "conflict")


def create_app(settings: Settings, predictor: Predictor) -> FastAPI:
    """Put the service together.

    Args:
        settings: Limits, key and times.
        predictor: The model; its runtime is shared by all requests, in batches.

    Returns:
        The application, for any ASGI server that runs on asyncio.
    """
    admission = Admission(settings)
    metrics = Metrics(lambda: admission.inside)
    runtime = BatchedRuntime(predictor.runtime, settings.batch, metrics.batch)
    shared = predictor.on(runtime)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        runtime.close()

    app = FastAPI(
        title="escalate",
        version=version("escalate-signals"),
        description="Escalation signals in news: every sentence is escalation, de-escalation or neutral.",
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(Guard, settings=settings, metrics=metrics)
    problems.install(app)
    app.include_router(_service(settings, shared, admission))
    app.include_router(_state(settings, runtime, metrics, app.version))
    for file in files("escalate.web").iterdir():
        suffix = PurePath(file.name).suffix
        if suffix in _MEDIA:
            _serve(app, "/" if suffix == ".html" else f"/{file.name}", file.read_bytes(), _MEDIA[suffix])
    return app


def _service(settings: Settings, predictor: Predictor, admission: Admission) -> APIRouter:
    router = APIRouter(
        prefix="/v1",
        dependencies=[Depends(admission.check_key), Depends(_check_media)],
        responses=responses(400, 401, 408, 413, 415, 422, 429, 503),
    )

    @router.post("/predict", response_model=schemas.PredictAnswer, response_model_exclude_none=True)
    async def predict(request: schemas.PredictRequest, http: Request) -> Any:
        """Read one sentence or many."""
        texts = [request.texts] if isinstance(request.texts, str) else request.texts
        _check(settings, len(texts), [(f"text {place}", text) for place, text in enumerate(texts)])
        return await admission.run(http.receive, lambda: work.predict(predictor, texts, request.explain))

    @router.post("/article", response_model=schemas.ArticleAnswer)
    async def article(request: schemas.ArticleRequest, http: Request) -> Any:
        """Read an article sentence by sentence."""
        _check(settings, 1, [("text", request.text), ("title", request.title or "")])
        return await admission.run(http.receive, lambda: work.article(predictor, request))

    @router.post("/timeline", response_model=schemas.TimelineAnswer)
    async def timeline(request: Annotated[schemas.TimelineRequest, Body()], http: Request) -> Any:
        """Make a time line of articles: is it getting worse, between whom, since when, and which sentences say so?"""
        given = enumerate(request.articles)
        parts = [(f"{part} {place}", getattr(article, part)) for place, article in given for part in _PARTS]
        _check(settings, len(request.articles), parts)
        return await admission.run(http.receive, lambda: work.timeline(predictor, request, settings.max_entries))

    return router


def _state(settings: Settings, runtime: BatchedRuntime, metrics: Metrics, number: str) -> APIRouter:
    router = APIRouter()

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz", response_model=schemas.StateAnswer)
    async def healthz() -> Any:
        """Whether the process answers."""
        return {"status": "alive", "version": number, "bundle": settings.bundle}

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", response_model=schemas.StateAnswer, responses=responses(503))
    async def readyz() -> Any:
        """Whether it can read."""
        if not runtime.alive:
            raise Problem(503, "not-ready", "the service is stopping", {"Retry-After": "5"})
        return {"status": "ready", "version": number, "bundle": settings.bundle}

    @router.get("/metrics", response_class=PlainTextResponse)
    async def figures() -> Response:
        """Counts and times, for Prometheus."""
        return Response(metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return router


def _serve(app: FastAPI, path: str, content: bytes, media: str) -> None:
    async def send() -> Response:
        return Response(content, media_type=media)

    app.add_api_route(path, send, include_in_schema=False, methods=["GET", "HEAD"])


async def _check_media(request: Request) -> None:
    media = request.headers.get("content-type", "").partition(";")[0].strip()
    if not re.fullmatch(r"application/(\S+\+)?json", media, re.IGNORECASE):
        raise Problem(415, "media-type", "send the request as JSON, with the header Content-Type: application/json")


def _check(settings: Settings, count: int, parts: Sequence[tuple[str, str]]) -> None:
    if count > settings.max_texts:
        raise Problem(413, "too-many-texts", f"{count} texts; at most {settings.max_texts} are taken at once")
    for name, text in parts:
        if len(text) > settings.max_length:
            detail = f"{name} has {len(text)} characters; at most {settings.max_length} are taken"
            raise Problem(413, "text-too-long", detail)
