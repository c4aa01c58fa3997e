from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.pruners import BasePruner, MedianPruner, NopPruner, ThresholdPruner
from optuna.trial import TrialState
from torch_geometric.data import HeteroData

from pygmmrec.experiment.settings.budget import Budget
from pygmmrec.experiment.trials.export import as_trials, best_trial
from pygmmrec.experiment.trials.pruning import Pruning, make_pruner, pruner_name
from pygmmrec.experiment.trials.search import Search
from pygmmrec.experiment.trials.study import counts, open_study
from pygmmrec.experiment.trials.trial import run_trial
from pygmmrec.models import LightGCN
from pygmmrec.training import fit


class AfterTheFirstTrial(BasePruner):
    """Ends every trial but the first after two epochs."""

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        return trial.number > 0 and trial.last_step == 2


def test_a_trial_that_is_pruned_counts_and_is_never_chosen(sought: Callable[..., Search]) -> None:
    search = sought(2, budget=Budget(epochs=3), pruner=AfterTheFirstTrial())
    for _ in range(2):
        run_trial(search)
    first, second = open_study(search).trials
    assert (first.state, second.state) == (TrialState.COMPLETE, TrialState.PRUNED)
    assert list(second.intermediate_values) == [1, 2]
    assert counts(second)
    told = as_trials(search, [first, second])
    assert [trial["value"] for trial in told] == [first.value, None]
    assert told[1]["stopped"].startswith("pruned after epoch 2, with recall@20")
    assert best_trial(told)["number"] == 0
    assert search.identity["pruner"] == "AfterTheFirstTrial"
    assert "pruner" not in sought().identity


def test_in_a_study_of_ones_own(graph: HeteroData) -> None:
    seen: list[int] = []

    def objective(trial: optuna.Trial) -> float:
        model = LightGCN.from_data(graph, embedding_dim=4, seed=0)
        options: dict[str, Any] = {"epochs": 3, "test": False, "progress": False, "device": "cpu"}
        seen.append(trial.number)
        return fit(model, graph, callbacks=[Pruning(trial)], **options).valid["recall@20"]

    study = optuna.create_study(direction="maximize", pruner=ThresholdPruner(lower=2.0))
    study.optimize(objective, n_trials=1)
    assert (study.trials[0].state, len(study.trials[0].intermediate_values)) == (TrialState.PRUNED, 1)
    assert seen == [0]


def test_names() -> None:
    assert isinstance(make_pruner("median"), MedianPruner)
    assert isinstance(make_pruner("none"), NopPruner)
    given = NopPruner()
    assert make_pruner(given) is given
    assert (pruner_name("median"), pruner_name(given)) == ("median", "NopPruner")
    with pytest.raises(ValueError, match="'pruner' needs to be one of"):
        make_pruner("best")
