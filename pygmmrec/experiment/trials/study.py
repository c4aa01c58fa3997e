"""The study of a search: which of its trials count, and what becomes of those whose process died."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterable
from datetime import datetime, timedelta

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, TrialState, create_trial

from pygmmrec.experiment.runs.owner import is_dead
from pygmmrec.experiment.trials.pruning import make_pruner
from pygmmrec.experiment.trials.sampler import make_sampler
from pygmmrec.experiment.trials.search import SEED, Search
from pygmmrec.experiment.trials.storage import GRACE, open_storage

IDENTITY, PRESET, OWNER = "identity", "preset", "owner"
SETTINGS, OUTCOME, ERROR, CRASHES = "settings", "outcome", "error", "crashes"
SKIPPED = "skipped"
"""Attributes of studies and trials."""

MOST_CRASHES = 2
"""Processes that a trial may end before it counts as failed."""


def open_study(search: Search) -> optuna.Study:
    """The study of a search, a new one with the preset as its first trial.

    Raises:
        ValueError: If the storage holds a search of the same name with other settings.
    """
    storage = open_storage(search.storage)
    try:
        study = optuna.load_study(study_name=search.name, storage=storage)
    except KeyError:
        study = optuna.create_study(
            study_name=search.name, storage=storage, direction="maximize", load_if_exists=True
        )
    trials = study.get_trials(deepcopy=False)
    study.sampler = make_sampler(search.sampler, SEED, len(trials))
    study.pruner = make_pruner(search.pruner)
    identity = search.identity
    found = study.user_attrs.get(IDENTITY)
    if found is None:
        study.set_user_attr(IDENTITY, identity)
    elif found != identity:
        differ = [key for key in identity if found.get(key) != identity[key]]
        raise ValueError(
            f"The storage holds a search {search.name!r} of another {', '.join(differ)}: "
            "choose another 'storage' or 'output', or delete that study"
        )
    if not any(trial.user_attrs.get(PRESET) for trial in trials):
        params = search.space.params(search.contender.model, search.contender.preset)
        study.enqueue_trial(params or {}, user_attrs={PRESET: True})
    return study


def counts(trial: FrozenTrial) -> bool:
    """Whether a trial is one of the budget, be it to come, running, done, pruned or failed of itself."""
    if SKIPPED in trial.user_attrs:
        return False
    return trial.state != TrialState.FAIL or is_failed(trial)


def is_failed(trial: FrozenTrial) -> bool:
    """Whether its settings cannot be trained; one whose process died has no say in that."""
    return trial.state == TrialState.FAIL and ERROR in trial.user_attrs


def finished(trials: Iterable[FrozenTrial], num_trials: int) -> list[FrozenTrial]:
    """Of the trials that count the first, as far as they are done."""
    counted = [trial for trial in trials if counts(trial)][:num_trials]
    return [trial for trial in counted if trial.state.is_finished()]


def has_room(trials: Iterable[FrozenTrial], num_trials: int) -> bool:
    """Whether a further trial would be one of the budget, or one waits."""
    counted = [trial for trial in trials if counts(trial)]
    return len(counted) < num_trials or any(trial.state == TrialState.WAITING for trial in counted)


def revive(study: optuna.Study, *, crashed: bool = False) -> int:
    """Let the running trials of dead processes be tried again; returns how many there were.

    Args:
        study: The study.
        crashed: Whether these died of their own work, which they may do only so often.
    """
    found = 0
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        who, start = trial.user_attrs.get(OWNER), trial.datetime_start
        if who is None:  # between asking for a trial and saying who runs it
            gone = start is not None and datetime.now() - start > timedelta(seconds=GRACE)
        else:
            gone = is_dead(who)
        if gone:
            put_back(study, trial, crashed=crashed)
            found += 1
    return found


def put_back(study: optuna.Study, trial: FrozenTrial, *, crashed: bool = False) -> None:
    """Let a trial that has come to nothing be tried again; two processes that both do so do no harm."""
    with contextlib.suppress(ValueError):  # another process, or Optuna itself, said so already
        study.tell(trial.number, state=TrialState.FAIL)
    crashes = int(trial.user_attrs.get(CRASHES, 0)) + crashed
    attrs = {name: value for name, value in trial.user_attrs.items() if name in (PRESET, CRASHES)}
    attrs |= {CRASHES: crashes} if crashes else {}
    again = create_trial(
        state=TrialState.FAIL,
        params=trial.params,
        distributions=trial.distributions,
        user_attrs=attrs,
        system_attrs=trial.system_attrs,
    )
    if crashes >= MOST_CRASHES:
        again.user_attrs = {**trial.user_attrs, **attrs, ERROR: f"It ended {crashes} processes"}
        study.add_trial(again)
        return
    again.number = trial.number  # the one that is tried again
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        RetryHeartbeatStaleTrialCallback()(study, again)
