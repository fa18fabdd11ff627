"""Fine-tuning an encoder on labelled sentences, and exporting it as a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from escalate.training.estimator import EscalationClassifier

__all__ = ["EscalationClassifier"]


def __getattr__(name: str) -> Any:
    """Import the estimator when it is asked for."""
    if name == "EscalationClassifier":
        from escalate.errors import require

        require("train", "sklearn", "torch", "transformers", "datasets", "accelerate", "pydantic", "yaml")
        from escalate.training.estimator import EscalationClassifier

        return EscalationClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
