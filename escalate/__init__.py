"""Escalation signals in news, sentence by sentence: `escalate.predict("Rebels shelled the capital.")`."""

from escalate.document import ArticlePrediction, Prediction, SentencePrediction
from escalate.predict import Predictor, article, predict
from escalate.timeline import timeline

__version__ = "0.1.0"

__all__ = [
    "ArticlePrediction",
    "Prediction",
    "Predictor",
    "SentencePrediction",
    "__version__",
    "article",
    "predict",
    "timeline",
]
