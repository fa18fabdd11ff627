"""Hyperparameter search with optuna, resumable: the objective is macro-F1 on validation."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import optuna
from optuna.trial import TrialState
from pydantic import Field, model_validator

from escalate.errors import ConfigError, DataError
from escalate.target import whole
from escalate.training.config import TrainConfig, configured, dumped, load_config
from escalate.training.inputs import inputs_of
from escalate.training.run import CHECKPOINT, RESULTS, make_folder
from escalate.training.sections import Closed, Seed
from escalate.training.train import train

BEST: Final = "best.yaml"
_STUDY: Final = "study.db"
_SPACE: Final = "space"
_INPUTS: Final = "inputs"
_RUN: Final = "run"
_REFUSED: Final = "refused"
_IDLE: Final = 50
"""So many draws one after the other that give nothing to train mean that the space holds nothing more."""

logger = logging.getLogger(__name__)


class Span(Closed):
    """Numbers from `low` to `high`; evenly on a logarithmic scale if `log`, in steps of `step` if one is set.

    They are whole numbers where both ends and the step are.
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

    @property
    def numbers(self) -> type[int] | type[float]:
        """The kind of its numbers."""
        return int if all(isinstance(value, int) for value in (self.low, self.high, self.step or 1)) else float


class TuneConfig(Closed):
    """A search: `train` is the training configuration that the space changes, by dotted key.

    `space` gives each key a span of numbers or a list of choices; `trials` is the number of trainings in all, `seed` decides
    what is tried (trainings have the training configuration's own, and none of its `average_seeds`); `output` holds the trials
    and the state of the search.
    """

    train: str
    output: str
    trials: int = Field(default=20, ge=1)
    seed: Seed = 13
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
    goes on after its last whole epoch. Settings that were tried already or do not go together are passed over. Only the best
    run keeps its weights.

    Args:
        config: The search.

    Returns:
        The best trial; its configuration is written to `best.yaml`, under the output that the training configuration names.

    Raises:
        ConfigError: If a key or value of the space does not fit, none go together, or the output holds another search.
        DataError: If the data cannot be used, or is not what the search was begun with.
    """
    base = load_config(Path(config.train))
    if not base.data.validation and not base.data.validation_share:
        raise ConfigError(f"{config.train} sets nothing aside for validation, which the search needs")
    inputs = [list(inputs_of(one, allow_unlisted=one.data.allow_unlisted)) for one in [base, *_named(config, base)]]
    output = Path(config.output)
    make_folder(output)
    study = optuna.create_study(
        study_name="escalate",
        storage=f"sqlite:///{(output / _STUDY).resolve()}",
        direction="maximize",
        load_if_exists=True,
    )
    _claim(study, config, base, inputs)
    _requeue(study)
    # A search that goes on must not draw what it drew at its start.
    mixed = np.random.SeedSequence([config.seed, len(study.trials)]).generate_state(1)
    study.sampler = optuna.samplers.TPESampler(seed=int(mixed[0]))

    def objective(trial: optuna.Trial) -> float:
        settings = {key: _draw(trial, key, values) for key, values in config.space.items()}
        if any(one.params == trial.params for one in (*_done(study), *_refused(study))):
            raise optuna.TrialPruned
        name = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
        run = output / f"trial-{name}"
        trial.set_user_attr(_RUN, str(run))
        logger.info("trial %d: %s", trial.number, settings)
        try:
            train(configured({"average_seeds": [], **settings, "output": str(run)}, f"trial {trial.number}", base))
        except ConfigError as error:
            logger.warning("%s", error)
            trial.set_user_attr(_REFUSED, str(error))
            raise optuna.TrialPruned from error
        return float(json.loads((run / RESULTS).read_text(encoding="utf-8"))["validation"]["macro_f1"])

    def enough(study: optuna.Study, _: optuna.trial.FrozenTrial) -> None:
        last = [trial.state for trial in study.get_trials(deepcopy=False)[-_IDLE:]]
        if len(_done(study)) >= config.trials or last.count(TrialState.PRUNED) == _IDLE:
            study.stop()

    if len(_done(study)) < config.trials:
        study.optimize(objective, callbacks=[_keep_best, enough])
    if not _done(study):
        raise ConfigError(f"{config.output}: no settings of the space go together; {_refused(study)[-1].user_attrs[_REFUSED]}")
    best = study.best_trial
    target = output / BEST
    with whole(target) as partial:
        partial.write_text(dumped(configured(best.params, "the best trial", base)), encoding="utf-8")
    return Best(study.best_value, dict(best.params), Path(best.user_attrs[_RUN]), target, len(_done(study)))


def _named(config: TuneConfig, base: TrainConfig) -> list[TrainConfig]:
    """Check every key with each of its values; return the configurations whose data or base the space names."""
    named, problems = [], []
    for key, values in config.space.items():
        for value in values if isinstance(values, list) else map(values.numbers, (values.low, values.high)):
            try:
                changed = configured({key: value}, f"space.{key}", base)
            except ConfigError as error:
                problems.append(str(error))
            else:
                # Another base, say; numbers name nothing.
                named += [changed] if isinstance(value, str) else []
    if problems:
        raise ConfigError("\n".join(dict.fromkeys(problems)))
    return named


def _done(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])


def _refused(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return [trial for trial in study.get_trials(deepcopy=False, states=[TrialState.PRUNED]) if _REFUSED in trial.user_attrs]


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
    for trial in study.get_trials(states=[TrialState.RUNNING]):
        study.tell(trial.number, state=TrialState.FAIL)
        if trial.params:
            study.enqueue_trial(trial.params, skip_if_exists=False)


def _draw(trial: optuna.Trial, key: str, values: Span | list[Any]) -> Any:
    if isinstance(values, list):
        return trial.suggest_categorical(key, values)
    if values.numbers is int:
        return trial.suggest_int(key, int(values.low), int(values.high), log=values.log, step=int(values.step or 1))
    return trial.suggest_float(key, values.low, values.high, log=values.log, step=values.step)


def _keep_best(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
    if trial.state is not TrialState.COMPLETE:
        return
    best = study.best_trial.user_attrs[_RUN]
    for done in _done(study):
        if done.user_attrs[_RUN] != best:
            shutil.rmtree(Path(done.user_attrs[_RUN]) / CHECKPOINT, ignore_errors=True)
    logger.info("trial %d: validation macro-F1 %.4f, the best so far %.4f", trial.number, trial.value, study.best_value)
