"""The study: its identity, its first trial, which trials count, and what becomes of dead ones."""

from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from pygmmrec.experiment.runs.owner import machine, owner
from pygmmrec.experiment.trials import study as module
from pygmmrec.experiment.trials.search import Search
from pygmmrec.experiment.trials.study import (
    CRASHES,
    ERROR,
    OWNER,
    PRESET,
    SKIPPED,
    counts,
    finished,
    has_room,
    is_failed,
    open_study,
    put_back,
    revive,
)

DEAD = {"machine": machine(), "pid": 2**22 + 1, "started": "1"}


def states(study: optuna.Study) -> list[TrialState]:
    return [trial.state for trial in study.trials]


def test_the_first_trial_is_the_preset(sought: Callable[..., Search]) -> None:
    search = sought(preset={"LightGCN": {"training": {"lr": 0.003}}})
    study = open_study(search)
    open_study(search)  # again, as another process does
    (trial,) = study.trials
    assert trial.user_attrs == {PRESET: True}
    assert study.ask(dict(search.space.choices)).params["training.lr"] == 0.003


@pytest.mark.parametrize("change", [{"sampler": "random"}, {"data": "another"}, {"preset": "tiktok"}])
def test_another_search_of_the_same_name_is_an_error(sought: Callable[..., Search], change: Any) -> None:
    open_study(sought())
    (differs,) = change
    with pytest.raises(
        ValueError, match=f"'LightGCN on tiny' of another {differs}: choose another 'storage'"
    ):
        open_study(sought(**change))


def trial(state: TrialState, **attrs: Any) -> FrozenTrial:
    value = 0.5 if state == TrialState.COMPLETE else None
    return create_trial(state=state, value=value, user_attrs=attrs)


def test_what_counts() -> None:
    done, failed = trial(TrialState.COMPLETE), trial(TrialState.FAIL, **{ERROR: "no"})
    running, waiting = trial(TrialState.RUNNING), trial(TrialState.WAITING)
    died, repeat = trial(TrialState.FAIL), trial(TrialState.COMPLETE, **{SKIPPED: "as trial 0"})
    assert [counts(each) for each in (done, failed, running, waiting, died, repeat)] == [True] * 4 + [
        False
    ] * 2
    assert (is_failed(failed), is_failed(died)) == (True, False)
    every = [died, done, running, repeat, failed, done]
    assert finished(every, 3) == [done, failed]
    assert finished(every, 4) == [done, failed, done]
    assert not has_room(every, 4)
    assert has_room(every, 5)
    assert has_room([waiting, done], 1)


def test_only_trials_of_dead_processes_are_tried_again(sought: Callable[..., Search]) -> None:
    study = open_study(sought())
    for who in (DEAD, owner(), {**DEAD, "machine": "elsewhere"}, None):
        running = study.ask()
        running.suggest_int("model.num_layers", 1, 4)
        if who is not None:
            running.set_user_attr(OWNER, who)
    first = study.trials[0].params
    assert revive(study) == 1
    assert states(study) == [TrialState.FAIL, *[TrialState.RUNNING] * 3, TrialState.WAITING]
    again = study.trials[-1]
    assert (again.params, again.user_attrs) == (first, {PRESET: True})
    assert again.system_attrs["retry_history"] == [0]
    assert revive(study) == 0


def test_without_a_word_of_its_process_a_trial_dies_in_time(
    sought: Callable[..., Search], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_study(sought())
    study.ask()
    assert revive(study) == 0
    monkeypatch.setattr(module, "GRACE", -1)
    assert revive(study) == 1


def test_a_trial_that_ends_its_process_counts_in_the_end(sought: Callable[..., Search]) -> None:
    study = open_study(sought())
    for crashes in (1, 2):
        study.ask().set_user_attr(OWNER, DEAD)
        assert revive(study, crashed=True) == 1
        assert study.trials[-1].user_attrs[CRASHES] == crashes
    assert is_failed(study.trials[-1])
    assert sum(map(counts, study.trials)) == 1
    for _ in range(3):  # but one whose process was killed is tried as often as need be
        study.enqueue_trial({})
        study.ask().set_user_attr(OWNER, DEAD)
        revive(study)
        assert study.trials[-1].state == TrialState.WAITING


def test_two_that_put_a_trial_back_do_no_harm(sought: Callable[..., Search]) -> None:
    study = open_study(sought())
    study.ask()
    (running,) = study.trials
    put_back(study, running)
    put_back(study, running)
    assert states(study) == [TrialState.FAIL, TrialState.WAITING, TrialState.WAITING]
