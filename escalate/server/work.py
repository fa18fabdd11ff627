"""What the routes do, as ordinary functions of a predictor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from escalate.explain import explain
from escalate.report.export import as_dict
from escalate.server.batching import check_deadline
from escalate.server.problems import Problem
from escalate.timeline import build

if TYPE_CHECKING:
    from escalate.predict import Predictor
    from escalate.server.schemas import ArticleRequest, TimelineRequest


def predict(predictor: Predictor, texts: Sequence[str], words: bool) -> dict[str, Any]:
    """Read some texts.

    Args:
        predictor: The model.
        texts: The texts.
        words: Whether to weigh their words.

    Returns:
        The fields of `PredictAnswer`.
    """
    found = [prediction.to_dict() for prediction in predictor.predict(texts)]
    return {"predictions": _explained(predictor, found) if words else found}


def article(predictor: Predictor, request: ArticleRequest) -> dict[str, Any]:
    """Read an article.

    Args:
        predictor: The model.
        request: The article.

    Returns:
        The fields of `ArticleAnswer`.
    """
    found = predictor.article(request.text, request.date.isoformat() if request.date else None, request.title).to_dict()
    if request.explain:
        _explained(predictor, found["sentences"])
    return found


def timeline(predictor: Predictor, request: TimelineRequest, most: int) -> dict[str, Any]:
    """Make a time line, within the deadline of the request.

    Args:
        predictor: The model.
        request: The articles.
        most: Most sentences, and most entries: sentences, each counted in every series that it belongs to.

    Returns:
        The fields of `TimelineAnswer`.

    Raises:
        OverdueError: If the deadline has passed.
        Problem: 413, if there are more.
    """

    def watch(entries: int) -> None:
        check_deadline()
        if entries > most:
            detail = f"more than {most} sentences or entries by {request.by}, as every sentence counts in each of its series"
            raise Problem(413, "time-line-too-large", f"{detail}; send fewer articles or group otherwise")

    articles = [given.model_dump() for given in request.articles]
    return as_dict(build(articles, request.by, request.freq, predictor=predictor, watch=watch))


def _explained(predictor: Predictor, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for prediction in found:
        prediction["words"] = [asdict(word) for word in explain(predictor, prediction["text"], prediction["label"])]
    return found
