"""Trials that end before their last epoch, since others did better by then."""

from __future__ import annotations

from typing import TypeAlias

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner

from pygmmrec.training import Callback, Running
from pygmmrec.utils.check import check

Pruner: TypeAlias = str | BasePruner
"""``none``, ``median``, ``hyperband``, or a pruner of Optuna."""

PRUNERS: dict[str, type[BasePruner]] = {
    "none": NopPruner,
    "median": MedianPruner,
    "hyperband": HyperbandPruner,
}


class Pruning(Callback):
    """Tells an Optuna trial of each validation, and ends the run where its pruner says so.

    .. code-block:: python

        def objective(trial):
            model = LightGCN.from_data(data, num_layers=trial.suggest_int("num_layers", 1, 4))
            return fit(model, data, test=False, callbacks=[Pruning(trial)]).valid["recall@20"]

    Args:
        trial: The trial, of a study that maximises ``monitor``.
    """

    def __init__(self, trial: optuna.Trial) -> None:
        self._trial = trial

    def validated(self, run: Running, valid: dict[str, float]) -> None:
        """Report the metric that chooses the epoch.

        Raises:
            optuna.TrialPruned: If the trial is to end.
        """
        if run.monitor is None or run.monitor not in valid:
            return
        epoch = len(run.history)
        self._trial.report(valid[run.monitor], epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned(f"after epoch {epoch}, with {run.monitor} {valid[run.monitor]:.4f}")


def make_pruner(pruner: Pruner) -> BasePruner:
    """A pruner by name, or as it was given."""
    if isinstance(pruner, BasePruner):
        return pruner
    check(pruner in PRUNERS, "pruner", f"one of {list(PRUNERS)}, or a pruner of Optuna", "search", pruner)
    return PRUNERS[pruner]()


def pruner_name(pruner: Pruner) -> str:
    """What a pruner is called in the identity of a search."""
    return pruner if isinstance(pruner, str) else type(pruner).__name__
