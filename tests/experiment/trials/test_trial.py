"""One trial: what it tries, what it costs, and that it never sees the test set."""

from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from pygmmrec.evaluation.evaluate import measure
from pygmmrec.experiment.settings.budget import Budget
from pygmmrec.experiment.settings.preset import as_preset
from pygmmrec.experiment.settings.space import as_space
from pygmmrec.experiment.trials.search import Search
from pygmmrec.experiment.trials.study import OUTCOME, SKIPPED, counts, open_study
from pygmmrec.experiment.trials.trial import Objective, Outcome, run_trial, suggest, train

Make = Callable[..., Search]


def test_a_trial_never_scores_the_test_set(sought: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def only_validation(model: Any, data: Any, split: str, *args: Any, **kwargs: Any) -> Any:
        assert split == "valid"
        return measure(model, data, split, *args, **kwargs)

    monkeypatch.setattr("pygmmrec.training.scoring.measure", only_validation)
    search = sought()
    assert run_trial(search) == Outcome.TRIED
    (trial,) = open_study(search).trials
    outcome = trial.user_attrs[OUTCOME]
    assert trial.value == outcome["value"] == outcome["valid"]["recall@20"]
    assert (outcome["epochs"], outcome["stopped"]) == (1, "epochs")


def test_a_trial_ends_when_its_seconds_are_spent(sought: Make) -> None:
    found = train(sought(budget=Budget(50, 1e-9)), as_preset({}))
    assert (found["epochs"], found["stopped"]) == (1, "seconds")


def test_the_first_is_the_preset_and_the_budget_ends_the_search(sought: Make, no_training: list[Any]) -> None:
    search = sought(2, preset={"LightGCN": {"training": {"lr": 0.003}}})
    assert [run_trial(search) for _ in range(3)] == [Outcome.TRIED, Outcome.TRIED, Outcome.FULL]
    assert [settings["training"]["lr"] == 0.003 for settings in no_training] == [True, False]
    assert run_trial(sought(3, preset={"LightGCN": {"training": {"lr": 0.003}}})) == Outcome.TRIED  # more


def test_a_preset_outside_of_the_space_is_tried_as_it_is(sought: Make, no_training: list[Any]) -> None:
    search = sought(1, preset={"LightGCN": {"training": {"lr": 5.0}}})
    run_trial(search)
    assert no_training == [as_preset({"training": {"lr": 5.0}})]
    assert open_study(search).trials[0].params == {}


def test_the_same_settings_are_never_tried_twice(sought: Make, no_training: list[Any]) -> None:
    space = {"LightGCN": {"model": {"num_layers": {"int": [1, 3]}}}}
    for sampler in ("tpe", "random"):
        search = sought(9, space=space, sampler=sampler, storage=InMemoryStorage())
        no_training.clear()
        assert [run_trial(search) for _ in range(4)] == [*[Outcome.TRIED] * 3, Outcome.USED_UP]
        assert sorted(settings["model"]["num_layers"] for settings in no_training) == [1, 2, 3]
        study = open_study(search)
        assert sum(map(counts, study.trials)) == 3
        assert all(SKIPPED in trial.user_attrs for trial in study.trials if not counts(trial))


def test_settings_that_cannot_be_trained_count(sought: Make) -> None:
    search = sought(1, preset={"LightGCN": {"model": {"embedding_dim": -1}}})
    assert run_trial(search) == Outcome.TRIED
    assert run_trial(search) == Outcome.FULL
    (trial,) = open_study(search).trials
    assert trial.state == TrialState.FAIL
    assert "ValueError" in trial.user_attrs["error"]


def test_a_mistake_is_an_error_and_the_trial_is_tried_again(
    sought: Make, monkeypatch: pytest.MonkeyPatch, no_training: list[Any]
) -> None:
    search = sought(1, preset={"LightGCN": {"training": {"lr": 0.003}}})
    for error in (TypeError, KeyboardInterrupt, SystemExit):
        with monkeypatch.context() as patch:
            patch.setattr(
                "pygmmrec.experiment.trials.trial.train", lambda *_, error=error: (_ for _ in ()).throw(error)
            )
            with pytest.raises(error):
                run_trial(search)
    assert run_trial(search) == Outcome.TRIED
    assert [settings["training"]["lr"] for settings in no_training] == [0.003]


def test_the_last_place_is_given_once(sought: Make, no_training: list[Any]) -> None:
    search = sought(1)
    study = open_study(search)
    both = [study.ask() for _ in range(2)]  # two processes at the same time
    Objective(search, study)(both[0])
    with pytest.raises(optuna.TrialPruned):
        Objective(search, study)(both[1])
    assert len(no_training) == 1


def test_every_kind_of_choice_is_suggested() -> None:
    choices = as_space(
        {
            "model": {
                "a": {"int": [2, 2]},
                "b": {"choice": ["x"]},
                "c": {"float": [0.5, 0.5]},
                "d": {"log": [1, 1]},
            }
        }
    ).choices
    trial = optuna.create_study().ask()
    assert [suggest(trial, name, choice) for name, choice in choices.items()] == [2, "x", 0.5, 1.0]
