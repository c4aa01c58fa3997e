"""One trial of a search. Trials see validation only, never the test set."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from enum import Enum
from typing import Any, NoReturn

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from pygmmrec.experiment.runs.owner import owner
from pygmmrec.experiment.runs.prepare import prepare
from pygmmrec.experiment.settings.preset import Preset
from pygmmrec.experiment.settings.space import Params
from pygmmrec.experiment.trials.pruning import Pruning
from pygmmrec.experiment.trials.sampler import make_sampler
from pygmmrec.experiment.trials.search import SEED, Search
from pygmmrec.experiment.trials.study import (
    ERROR,
    OUTCOME,
    OWNER,
    PRESET,
    SETTINGS,
    SKIPPED,
    counts,
    has_room,
    open_study,
    put_back,
    revive,
)
from pygmmrec.training import Callback, Run
from pygmmrec.training.environment import environment

logger = logging.getLogger(__name__)

FAILURES = (FloatingPointError, RuntimeError, ValueError)
"""What settings that cannot be trained raise."""

MOST_REPEATS = 100
"""Proposals in a row that were tried before, after which a space is used up."""


class Outcome(Enum):
    """What came of a call."""

    TRIED = "tried"
    FULL = "full"
    USED_UP = "used up"


def run_trial(search: Search) -> Outcome:
    """Try the next settings of a search, unless it has its trials. Any number of processes may do so."""
    study = open_study(search)
    revive(study, crashed=True)
    for _ in range(MOST_REPEATS):
        trials = study.get_trials(deepcopy=False)
        if not has_room(trials, search.num_trials):
            return Outcome.FULL
        tried = {_key(trial.params) for trial in trials if counts(trial) and trial.params}
        waits = any(trial.state == TrialState.WAITING for trial in trials)
        if len(tried) >= search.space.size and not waits:
            return Outcome.USED_UP
        objective = Objective(search, study)
        try:
            study.optimize(objective, n_trials=1, catch=FAILURES)
        except BaseException:  # an interrupt, or a mistake in the settings or the model
            objective.put_back()
            raise
        if not objective.skipped:
            return Outcome.TRIED
    return Outcome.USED_UP


class Objective:
    """What Optuna calls.

    Args:
        search: The search.
        study: Its study.
    """

    def __init__(self, search: Search, study: optuna.Study) -> None:
        self.search = search
        self.study = study
        self.skipped = False
        self.number: int | None = None

    def __call__(self, trial: optuna.Trial) -> float:
        """The best validation metric of the settings that the trial suggests."""
        self.number = trial.number
        trial.set_user_attr(OWNER, owner())
        # Its own numbers: processes that ask at the same time do not draw the same settings.
        self.study.sampler = make_sampler(self.search.sampler, SEED, trial.number)
        earlier = [
            each
            for each in self.study.get_trials(deepcopy=False)
            if each.number < trial.number and counts(each)
        ]
        if len(earlier) >= self.search.num_trials:
            self._skip(trial, "another process had the last one")  # at the same time
        params = self._suggest(trial)
        same = next((each for each in earlier if params and each.params == params), None)
        if same is not None:
            return self._repeat(trial, same)
        settings = self.search.space.settings(self.search.contender.preset, params)
        trial.set_user_attr(SETTINGS, settings)
        try:
            outcome = train(self.search, settings, [Pruning(trial)])
        except optuna.TrialPruned as pruned:
            trial.set_user_attr(OUTCOME, {"value": None, "stopped": f"pruned {pruned}"})
            raise
        except FAILURES as error:
            trial.set_user_attr(ERROR, f"{type(error).__name__}: {error}")
            raise
        trial.set_user_attr(OUTCOME, outcome)
        return float(outcome["value"])

    def put_back(self) -> None:
        """Let the trial be tried again, which came to nothing."""
        for each in self.study.get_trials(deepcopy=False):
            if each.number == self.number:
                put_back(self.study, each)

    def _suggest(self, trial: optuna.Trial) -> Params:
        """All settings of the space; none where the preset, which is taken as it is, lies outside."""
        space, contender = self.search.space, self.search.contender
        if trial.user_attrs.get(PRESET) and space.params(contender.model, contender.preset) is None:
            return {}
        return {name: suggest(trial, name, choice) for name, choice in space.choices.items()}

    def _repeat(self, trial: optuna.Trial, same: FrozenTrial) -> float:
        """The value that these settings had: the sampler learns it again, and the budget is left alone."""
        if same.state != TrialState.COMPLETE or same.value is None:
            self._skip(trial, f"as trial {same.number}")
        self.skipped = True
        trial.set_user_attr(SKIPPED, f"as trial {same.number}")
        return float(same.value)

    def _skip(self, trial: optuna.Trial, why: str) -> NoReturn:
        self.skipped = True
        trial.set_user_attr(SKIPPED, why)
        raise optuna.TrialPruned(why)


def suggest(trial: optuna.Trial, name: str, choice: BaseDistribution) -> Any:
    """A value of a setting, as the sampler of the study proposes it."""
    if isinstance(choice, CategoricalDistribution):
        return trial.suggest_categorical(name, choice.choices)
    if isinstance(choice, IntDistribution):
        return trial.suggest_int(name, choice.low, choice.high, step=choice.step, log=choice.log)
    if isinstance(choice, FloatDistribution):
        return trial.suggest_float(name, choice.low, choice.high, step=choice.step, log=choice.log)
    raise TypeError(f"{name} needs to be a choice, an int or a float of Optuna (got {choice})")


def train(search: Search, settings: Preset, callbacks: Sequence[Callback] = ()) -> dict[str, Any]:
    """Train settings within the budget; the best validation metric, and how it went."""
    budget, model = search.budget, search.contender.model
    built, data, options = prepare(model, SEED, settings, protocol=search.protocol, epochs=budget.epochs)
    seconds, stopped = 0.0, ""
    with Run(built, data, device=search.device, progress=False, callbacks=callbacks, **options) as run:
        for graph in run:
            run.refresh(graph)
            for batch in run.batches():
                run.step(run.loss(graph, batch))
            run.validate()
            seconds += run.history[-1]["seconds"]
            if budget.seconds is not None and seconds >= budget.seconds:
                stopped = "seconds"
                break
    best = run.early_stopping
    return {
        "value": best.best_value,
        "valid": run.history[best.best_epoch - 1]["valid"],
        "best_epoch": best.best_epoch,
        "epochs": len(run.history),
        "seconds": seconds,
        "stopped": stopped or ("patience" if best.should_stop else "epochs"),
        "environment": environment(run.device),
    }


def _key(params: Params) -> str:
    return json.dumps(params, sort_keys=True)
