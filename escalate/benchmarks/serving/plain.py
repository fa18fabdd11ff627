"""The plain rival: FastAPI around transformers.pipeline, as many a service is written.

Its checkpoint is the base encoder with an untrained head: it takes the time of a trained one.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from escalate.labels import LABELS
from escalate.model import BASE, find_checkpoint, load_classifier


class Texts(BaseModel):
    """The same request that `escalate serve` takes."""

    texts: list[str]


def create_app() -> FastAPI:
    """Load the checkpoint and return the application."""
    from transformers import AutoTokenizer, pipeline

    checkpoint = find_checkpoint(BASE)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model: Any = load_classifier(checkpoint, LABELS)
    classify: Any = pipeline("text-classification", model=model.eval(), tokenizer=tokenizer)
    app = FastAPI()

    @app.post("/v1/predict")
    def predict(request: Texts) -> Any:
        return {"predictions": classify(request.texts, top_k=None, truncation=True, max_length=128)}

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
