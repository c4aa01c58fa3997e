"""The search of one model, as a function."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from optuna.storages import InMemoryStorage
from torch_geometric.data import HeteroData

from pygmmrec.experiment.settings.budget import Budget
from pygmmrec.experiment.settings.contender import Tables, contender
from pygmmrec.experiment.settings.preset import Preset
from pygmmrec.experiment.settings.protocol import Protocol, as_protocols
from pygmmrec.experiment.settings.space import Space
from pygmmrec.experiment.trials.export import Trial, as_trials, best_trial
from pygmmrec.experiment.trials.pruning import Pruner
from pygmmrec.experiment.trials.run import run_searches
from pygmmrec.experiment.trials.sampler import Sampler
from pygmmrec.experiment.trials.search import Search
from pygmmrec.experiment.trials.storage import Storage
from pygmmrec.experiment.trials.study import open_study
from pygmmrec.graph.fingerprint import fingerprint
from pygmmrec.models import Recommender


class Choice(NamedTuple):
    """What a search chose.

    Args:
        settings: The four tables of a preset.
        value: Their validation metric.
        trials: All trials, as ``trials.jsonl`` holds them.
    """

    settings: Preset
    value: float
    trials: list[Trial]


def search(
    model: str | type[Recommender],
    data: HeteroData | Mapping[str, HeteroData] | Protocol | str,
    *,
    trials: int = 20,
    budget: Budget | None = None,
    sampler: Sampler = "tpe",
    pruner: Pruner = "none",
    storage: Storage | None = None,
    n_jobs: int | None = None,
    device: str = "auto",
    preset: str | Tables | None = None,
    space: Tables | Space | None = None,
) -> Choice:
    """Search the settings of one model on validation; the test set is never scored.

    Args:
        model: Its name, or its class.
        data: A graph, before any ``pre_transform``; one by its name; or a data set by name, or as
            :class:`~pygmmrec.experiment.Protocol`.
        trials: Settings that are tried, the preset first.
        budget: What each may cost.
        sampler: ``tpe``, ``random``, or what makes a sampler of Optuna from a seed.
        pruner: ``median``, ``hyperband``, or a pruner of Optuna, which ends trials that do worse than others
            did by the same epoch; they count, and are never chosen. (default: ``none``)
        storage: Where trials are kept: the URL of a data base, by which an interrupted search goes on and
            several machines share one, or a storage of Optuna. (default: the memory of this process)
        n_jobs: Trials at a time, as :func:`~pygmmrec.experiment.compare` takes it.
        device: Where they run.
        preset: Where it starts: the name of a data set, or the tables themselves.
        space: What it may choose. (default: that of this package)

    Raises:
        ValueError: If an argument is out of range, the storage holds another search of this name, or no trial
            went well.
        RuntimeError: If a trial met an error that is none of its settings.
    """
    (protocol,) = as_protocols(data)
    name = model if isinstance(model, str) else model.__name__
    taking = contender(
        model,
        protocol.dataset,
        preset={name: preset} if isinstance(preset, Mapping) else preset,
        space=None if space is None else {name: space},
    )
    graph = fingerprint(protocol.load())
    kept = InMemoryStorage() if storage is None else storage
    sought = Search(taking, protocol, trials, kept, budget or Budget(), sampler, device, graph, pruner)
    with tempfile.TemporaryDirectory() as logs:
        failed = run_searches({Path(logs): sought}, n_jobs)
    for error in failed.values():
        raise RuntimeError(f"{sought.name}: {error}")
    found = as_trials(sought, open_study(sought).get_trials(deepcopy=False))
    best = best_trial(found)
    return Choice(best["settings"], best["value"], found)
