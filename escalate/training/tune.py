"""Hyperparameter search with optuna, resumable: the objective is macro-F1 on validation."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path
from typing import Any, Final, NamedTuple

import optuna
import yaml
from pydantic import Field, model_validator

from escalate.errors import ConfigError, DataError
from escalate.target import whole
from escalate.training.config import TrainConfig, configured, load_config
from escalate.training.inputs import inputs_of
from escalate.training.run import CHECKPOINT, RESULTS
from escalate.training.sections import Closed
from escalate.training.train import train

BEST: Final = "best.yaml"
_STUDY: Final = "study.db"
_SPACE: Final = "space"
_INPUTS: Final = "inputs"
_RUN: Final = "run"

logger = logging.getLogger(__name__)


class Span(Closed):
    """Numbers from `low` to `high`; evenly on a logarithmic scale if `log`, in steps of `step` if one is set.

    They are whole numbers where both ends are.
    """

    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _drawable(self) -> Span:
        if self.high < self.low or (self.log and (self.low <= 0 or self.step is not None)):
            raise ValueError("expected low <= high; log needs low > 0 and no step")
        return self


class TuneConfig(Closed):
    """A search: `train` is the training configuration that the space changes, by dotted key.

    `space` gives each key a span of numbers or a list of choices; `trials` is the number of trainings in all, `seed` decides
    what is tried (trainings have the training configuration's own); `output` holds the trials and the state of the search.
    """

    train: str
    output: str
    trials: int = Field(default=20, ge=1)
    seed: int = 13
    space: dict[str, Span | list[str | int | float | bool | None]] = Field(min_length=1)


class Best(NamedTuple):
    """The best trial: its figure, settings, run and configuration file, and the number of trials so far."""

    macro_f1: float
    settings: dict[str, Any]
    run: Path
    config: Path
    trials: int


def tune(config: TuneConfig) -> Best:
    """Search with a tree-structured Parzen estimator (Bergstra et al., 2011).

    The study lies in an SQLite file in the output. A trial that was killed is tried again with the same settings, and its run
    goes on after its last whole epoch. Only the best run keeps its weights.

    Args:
        config: The search.

    Returns:
        The best trial; its configuration is written to `best.yaml`, under the output that the training configuration names.

    Raises:
        ConfigError: If a key or value of the space does not fit, or the output holds another search.
        DataError: If the data cannot be used, or is not what the search was begun with.
    """
    base = load_config(Path(config.train))
    if not base.data.validation and not base.data.validation_share:
        raise ConfigError(f"{config.train} sets nothing aside for validation, which the search needs")
    named = [base]
    for key, values in config.space.items():
        for value in values if isinstance(values, list) else (values.low, values.high):
            changed = configured({key: value}, f"space.{key}", base)
            # Another base, say; numbers name nothing.
            named += [changed] if isinstance(value, str) else []
    inputs = [list(inputs_of(one, allow_unlisted=one.data.allow_unlisted)) for one in named]
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        study_name="escalate",
        storage=f"sqlite:///{(output / _STUDY).resolve()}",
        sampler=optuna.samplers.TPESampler(seed=config.seed),
        direction="maximize",
        load_if_exists=True,
    )
    _claim(study, config, base, inputs)
    _requeue(study)

    def objective(trial: optuna.Trial) -> float:
        settings = {key: _draw(trial, key, values) for key, values in config.space.items()}
        name = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
        run = output / f"trial-{name}"
        trial.set_user_attr(_RUN, str(run))
        logger.info("trial %d: %s", trial.number, settings)
        train(configured({**settings, "output": str(run)}, f"trial {trial.number}", base))
        return float(json.loads((run / RESULTS).read_text(encoding="utf-8"))["validation"]["macro_f1"])

    done = len(study.get_trials(states=[optuna.trial.TrialState.COMPLETE]))
    study.optimize(objective, n_trials=max(config.trials - done, 0), callbacks=[_keep_best])
    best = study.best_trial
    target = output / BEST
    content = configured(best.params, "the best trial", base).model_dump()
    with whole(target) as partial:
        partial.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    number = len(study.get_trials(states=[optuna.trial.TrialState.COMPLETE]))
    return Best(study.best_value, dict(best.params), Path(best.user_attrs[_RUN]), target, number)


def _claim(study: optuna.Study, config: TuneConfig, base: TrainConfig, inputs: list[Any]) -> None:
    space = {**config.model_dump(exclude={"trials", "output"}), "base": base.model_dump()}
    if study.user_attrs.get(_SPACE, space) != space:
        raise ConfigError(f"{config.output} holds another search; choose another output or remove it")
    # Studies of earlier versions say nothing of it.
    if study.user_attrs.get(_INPUTS, inputs) != inputs:
        raise DataError(
            f"data, teachers or base changed since the search in {config.output} was begun, and its trials cannot be compared "
            f"with new ones; bring back what was there, or remove {config.output}"
        )
    study.set_user_attr(_SPACE, space)
    study.set_user_attr(_INPUTS, inputs)


def _requeue(study: optuna.Study) -> None:
    for trial in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        if trial.params:
            study.enqueue_trial(trial.params, skip_if_exists=False)


def _draw(trial: optuna.Trial, key: str, values: Span | list[Any]) -> Any:
    if isinstance(values, list):
        return trial.suggest_categorical(key, values)
    if isinstance(values.low, int) and isinstance(values.high, int):
        return trial.suggest_int(key, values.low, values.high, log=values.log, step=int(values.step or 1))
    return trial.suggest_float(key, values.low, values.high, log=values.log, step=values.step)


def _keep_best(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
    best = study.best_trial.user_attrs[_RUN]
    for done in study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE]):
        if done.user_attrs[_RUN] != best:
            shutil.rmtree(Path(done.user_attrs[_RUN]) / CHECKPOINT, ignore_errors=True)
    logger.info("trial %d: validation macro-F1 %.4f, the best so far %.4f", trial.number, trial.value, study.best_value)
