"""Variants of a training configuration over seeds: which of them help, and by how much."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import Field, model_validator

from escalate.errors import ConfigError, DataError
from escalate.training.config import configured, load_config
from escalate.training.run import CHECKPOINT, RESULTS
from escalate.training.sections import Closed, Seed
from escalate.training.train import train

_FIGURES: Final = ("macro_f1", "accuracy")

logger = logging.getLogger(__name__)


class RecipesConfig(Closed):
    """Variants: `base` is the training configuration, `variants` gives each name the keys that it changes.

    `common` are keys that all variants change, such as a sample of the rows where the full training takes too long.

    `seeds` are those of every variant, which averages others only where a variant or `common` names `average_seeds`; `output`
    holds the runs; `keep_weights` leaves their checkpoints there.
    """

    base: str
    output: str = "runs/recipes"
    seeds: list[Seed] = Field(default=[13, 14, 15], min_length=1)
    common: dict[str, Any] = Field(default={})
    variants: dict[str, dict[str, Any]] = Field(min_length=1)
    keep_weights: bool = False

    @model_validator(mode="after")
    def _own_keys(self) -> RecipesConfig:
        for name, settings in {"common": self.common, **self.variants}.items():
            if taken := {"seed", "output"} & settings.keys():
                raise ValueError(f"{name}: {', '.join(sorted(taken))} is set for every run; use `seeds` and `output` above")
        return self


def compare_recipes(config: RecipesConfig) -> dict[str, Any]:
    """Train every variant with every seed; what is trained already is not trained again.

    Args:
        config: The variants.

    Returns:
        "base", "common", "seeds", "data" (SHA-256 by file) and "variants": name -> "settings", "runs" (the validation figures
        by seed), and mean and sample standard deviation of each figure.

    Raises:
        ConfigError: If a variant's key or value does not fit, or it has no validation, before anything is trained.
        DataError: If the data cannot be used, or changed since a run of the output was begun.
    """
    base = load_config(Path(config.base))
    plans = {
        (name, seed): configured(
            {"average_seeds": [], **config.common, **settings, "seed": seed, "output": f"{config.output}/{name}-{seed}"},
            f"variant {name}",
            base,
        )
        for name, settings in config.variants.items()
        for seed in config.seeds
    }
    for (name, _), plan in plans.items():
        if not plan.data.validation and not plan.data.validation_share:
            raise ConfigError(f"variant {name} sets nothing aside for validation, by which recipes are compared")
    hashes: dict[str, str] = {}
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (name, seed), plan in plans.items():
        logger.info("variant %s, seed %d", name, seed)
        run = train(plan)
        results = json.loads((run / RESULTS).read_text(encoding="utf-8"))
        if not config.keep_weights:
            for path in (run, *map(Path, results.get("averaged", {}))):
                shutil.rmtree(path / CHECKPOINT, ignore_errors=True)
        if other := [file for file, found in results["data"].items() if hashes.setdefault(file, found) != found]:
            raise DataError(f"{', '.join(other)} changed while recipes were compared; remove {config.output} and start again")
        found.setdefault(name, {})[str(seed)] = {key: results["validation"][key] for key in _FIGURES}
    variants = {
        name: {"settings": config.variants[name], "runs": runs, **{key: _spread(runs, key) for key in _FIGURES}}
        for name, runs in found.items()
    }
    return {"base": config.base, "common": config.common, "seeds": config.seeds, "data": hashes, "variants": variants}


def _spread(runs: dict[str, dict[str, float]], figure: str) -> dict[str, float]:
    values = [found[figure] for found in runs.values()]
    return {"mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0}
