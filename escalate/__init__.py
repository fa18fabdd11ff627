"""Escalation signals in news, sentence by sentence: `escalate.predict("Rebels shelled the capital.")`."""

from typing import TYPE_CHECKING, Any

from escalate.document import ArticlePrediction, Prediction, SentencePrediction
from escalate.predict import Predictor, article, predict
from escalate.timeline import timeline

if TYPE_CHECKING:
    from escalate.training.estimator import EscalationClassifier as EscalationClassifier

__version__ = "0.1.0"

# Without what needs an extra, so that `from escalate import *` works on the base install.
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


def __getattr__(name: str) -> Any:
    """Import what needs the extra `train` when it is asked for."""
    if name == "EscalationClassifier":
        from escalate import training

        return training.EscalationClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List also what is imported when it is asked for."""
    return sorted({*globals(), "EscalationClassifier"})
