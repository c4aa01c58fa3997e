import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState, create_trial

from pygmmrec.experiment.trials.export import as_trials, best_trial, read_trials, write_trials
from pygmmrec.experiment.trials.search import Search
from pygmmrec.experiment.trials.study import open_study
from pygmmrec.experiment.trials.trial import run_trial

RESULTS = Path(__file__).parents[3] / "benchmarks" / "results" / "comparison"


def test_trials_as_lines(sought: Callable[..., Search], tmp_path: Path, no_training: list[Any]) -> None:
    search = sought(2)
    run_trial(search)
    run_trial(search)
    found = as_trials(search, open_study(search).trials)
    write_trials(tmp_path / "trials.jsonl", found)
    assert list(read_trials(tmp_path / "trials.jsonl").values()) == found
    for number, (trial, settings) in enumerate(zip(found, no_training, strict=True)):
        assert (trial["number"], trial["settings"], trial["search"]) == (number, settings, search.identity)
        assert trial["value"] == settings["training"]["lr"]
    assert len((tmp_path / "trials.jsonl").read_text().splitlines()) == 2


def test_one_that_was_tried_again_keeps_its_place(sought: Callable[..., Search]) -> None:
    attrs: list[dict[str, Any]] = [{}, {"retry_history": [0]}]
    trials = [
        create_trial(state=TrialState.COMPLETE, value=value, system_attrs=each)
        for value, each in zip((0.1, 0.2), attrs, strict=True)
    ]
    for number, trial in enumerate(trials, start=1):
        trial.number = number
    assert [trial["number"] for trial in as_trials(sought(), trials)] == [0, 1]
    failed = create_trial(state=TrialState.FAIL, user_attrs={"error": "ValueError: no"})
    failed.number = 0
    first, *_ = as_trials(sought(), [failed])
    assert (first["value"], first["error"]) == (None, "ValueError: no")


def test_the_best_trial() -> None:
    trials = [{"number": 0, "value": None}, {"number": 1, "value": 0.5}, {"number": 2, "value": 0.5}]
    assert best_trial(trials)["number"] == 1  # of equals the earlier
    with pytest.raises(ValueError, match="None of 1 trials has a value: no memory"):
        best_trial([{"number": 0, "value": None, "error": "no memory"}])


def test_lines_of_earlier_versions_are_read() -> None:
    files = sorted(RESULTS.glob("*/raw/*/trials.jsonl"))
    assert len(files) == 16
    for file in files:
        trials = read_trials(file)
        assert best_trial(list(trials.values()))["value"] > 0
        assert json.dumps(trials[0]["params"])
