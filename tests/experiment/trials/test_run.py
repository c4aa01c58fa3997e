"""Searches that are killed, share their storage or run in threads end with their trials, and no more."""

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import pytest
from optuna.storages import InMemoryStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from pygmmrec.experiment.settings.budget import Budget
from pygmmrec.experiment.trials import trial as module
from pygmmrec.experiment.trials.export import as_trials
from pygmmrec.experiment.trials.run import run_searches
from pygmmrec.experiment.trials.search import Search
from pygmmrec.experiment.trials.study import OWNER, PRESET, counts, open_study

TRIALS = 6
posix = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")


def begin(search: Search, seconds: float, folder: Path) -> Any:
    """Another process with the same search, whose trials take some time."""
    process = multiprocessing.get_context("fork").Process(target=work, args=(search, seconds, folder))
    process.start()
    return process


def work(search: Search, seconds: float, folder: Path) -> None:
    """What it does; a line in its file for each trial."""

    def pretend(search: Search, settings: Any, callbacks: Any) -> dict[str, Any]:
        with (folder / "tried").open("a") as file:
            file.write("tries\n")
        time.sleep(seconds)
        return {"value": settings["training"].get("lr", 0.0)}

    folder.mkdir()
    module.train = pretend
    assert run_searches({folder: search}) == {}


def tried(folder: Path) -> int:
    """Trials that a process has begun."""
    return (folder / "tried").read_text().count("tries") if (folder / "tried").is_file() else 0


def check(search: Search) -> None:
    """All trials of the budget are done, no more, none twice."""
    trials = open_study(search).trials
    assert sum(map(counts, trials)) == TRIALS
    assert {trial.state for trial in trials if counts(trial)} == {TrialState.COMPLETE}
    done = as_trials(search, trials)
    assert len({str(trial["params"]) for trial in done}) == TRIALS
    assert trials[0].user_attrs[PRESET]


@posix
def test_a_search_goes_on_after_it_was_killed(
    sought: Callable[..., Search], tmp_path: Path, no_training: list[Any]
) -> None:
    search = sought(TRIALS, budget=Budget())
    process = begin(search, 0.4, tmp_path / "a")
    for _ in range(600):
        time.sleep(0.05)
        if tried(tmp_path / "a") == 3:
            break
    process.kill()  # in the middle of the third trial
    process.join()
    states = [trial.state for trial in open_study(search).trials]
    assert states == [TrialState.COMPLETE, TrialState.COMPLETE, TrialState.RUNNING]
    lost = open_study(search).trials[2].params
    assert run_searches({tmp_path: search}) == {}
    check(search)
    assert len(no_training) == TRIALS - 2
    assert any(trial.params == lost for trial in open_study(search).trials if counts(trial))
    assert run_searches({tmp_path: search}) == {}
    assert len(no_training) == TRIALS - 2  # and nothing is left to do


@posix
def test_two_processes_share_a_search(sought: Callable[..., Search], tmp_path: Path) -> None:
    search = sought(TRIALS, budget=Budget())
    both = [begin(search, 0.2, tmp_path / name) for name in ("a", "b")]
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    check(search)
    begun = [tried(tmp_path / name) for name in ("a", "b")]
    assert sum(begun) == TRIALS
    assert min(begun) > 0
    owners = {trial.user_attrs[OWNER]["pid"] for trial in open_study(search).trials if counts(trial)}
    assert owners == {process.pid for process in both}


def test_threads_share_a_journal(
    sought: Callable[..., Search], tmp_path: Path, no_training: list[Any]
) -> None:
    storage = JournalStorage(JournalFileBackend(str(tmp_path / "journal.log")))
    search = sought(TRIALS, storage=storage)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert run_searches({tmp_path: search}) == {}
    check(search)
    assert len(no_training) == TRIALS


def test_a_living_trial_of_another_process_is_waited_for(
    sought: Callable[..., Search], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_training: list[Any]
) -> None:
    search = sought(1)
    study = open_study(search)
    other = study.ask()
    other.set_user_attr(OWNER, {"machine": "elsewhere", "pid": 1, "started": None})
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            study.tell(other, 0.5)

    monkeypatch.setattr(time, "sleep", sleep)
    assert run_searches({tmp_path: search}) == {}
    assert len(slept) >= 3
    assert no_training == []


def test_memory_of_one_process_is_no_storage_for_several(
    sought: Callable[..., Search], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="'storage' needs to be one that several processes see"):
        run_searches({tmp_path: sought(storage=InMemoryStorage())}, 2)
