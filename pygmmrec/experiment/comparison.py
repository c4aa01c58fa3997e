"""Compare models under one protocol: search on validation, train what was chosen, score the test set once."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from torch_geometric.data import HeteroData

from pygmmrec.experiment.entry import Entry
from pygmmrec.experiment.reports.frame import frame
from pygmmrec.experiment.reports.report import write_reports
from pygmmrec.experiment.reports.results import REPORT, load_comparisons
from pygmmrec.experiment.runs.pieces import Piece, run_pieces
from pygmmrec.experiment.settings.budget import Budget
from pygmmrec.experiment.settings.contender import Tables, contender
from pygmmrec.experiment.settings.protocol import Protocol, as_protocols
from pygmmrec.experiment.settings.space import Space
from pygmmrec.experiment.trials.pruning import Pruner
from pygmmrec.experiment.trials.run import run_searches
from pygmmrec.experiment.trials.sampler import Sampler
from pygmmrec.experiment.trials.search import SEED, Search
from pygmmrec.experiment.trials.storage import Storage
from pygmmrec.graph.fingerprint import fingerprint
from pygmmrec.models import Recommender
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)


def compare(
    models: Iterable[str | type[Recommender]],
    data: HeteroData | Mapping[str, HeteroData] | Protocol | str | Iterable[Protocol | str],
    *,
    trials: int = 0,
    seeds: Sequence[int] = (1, 2, 3),
    output: str | Path = "runs/comparison",
    budget: Budget | None = None,
    sampler: Sampler = "tpe",
    pruner: Pruner = "none",
    storage: Storage | None = None,
    n_jobs: int | None = None,
    splits: Sequence[int] | None = None,
    epochs: int | None = None,
    device: str = "auto",
    preset: str | Mapping[str, str | Tables] | None = None,
    space: Mapping[str, Tables | Space] | None = None,
    report: str | Path | None = None,
    headline: Sequence[str] = (),
) -> pd.DataFrame:
    """Compare models on any data: a search of equal budget for each, runs of what it chose, a report.

    .. code-block:: python

        table = compare(["LightGCN", "CRANE", MyModel], data, trials=20, budget=Budget(epochs=60),
                        space={"MyModel": {"training": {"lr": {"log": [1e-4, 1e-2]}}}}, output="runs/mine")

    Trials validate with seed 0 and never score the test set; runs have other seeds, and score it once, at
    their end. What is there is not done again: a call that was interrupted, in whichever way, goes on when it
    is made again, and several machines that name one ``storage`` share the searches. Let the runs be made by
    one of them, or spread them over a cluster by ``joblib.parallel_config``. In threads, they share one
    stream of random numbers, and do not repeat.

    ``output`` then holds ``PROTOCOL/MODEL/PART/seed-N`` of each run (a part is ``given`` or ``split-N``),
    ``PROTOCOL/MODEL/chosen.json`` and ``trials.jsonl`` of its search, ``logs``, and the report.

    Args:
        models: Names or classes.
        data: A graph, before any ``pre_transform``; several by their names; or data sets by name, or as
            :class:`~pygmmrec.experiment.Protocol`.
        trials: Settings that are tried for each model, the preset first; with none, presets are taken as they
            are.
        seeds: Of the runs; 0 is that of the trials.
        output: Folder.
        budget: What each trial may cost.
        sampler: ``tpe``, ``random``, or what makes a sampler of Optuna from a seed.
        pruner: ``median``, ``hyperband``, or a pruner of Optuna, which ends trials that do worse than others
            did by the same epoch; they count, and are never chosen. (default: ``none``)
        storage: Where trials are kept: the URL of a data base, or a storage of Optuna.
            (default: SQLite, in ``search.db`` of the folder)
        n_jobs: Trials or runs at a time; ``-1`` is one for each core. (default: one, in this process, or what
            ``joblib.parallel_config`` says)
        splits: Seeds of new splits; the search sees the first. (default: the split of the data)
        epochs: Most epochs of a run, instead of the preset's; of a trial too, unless its budget says.
        device: Where all of it runs.
        preset: Where models start: the name of a data set, or such names and tables by the names of the
            models. (default: the preset of the data set, if there is one, or else the defaults of the model)
        space: What a search may choose, by the name of the model, for models that are not of this package.
        report: Folder of the report, outside of ``output``. (default: ``report`` in ``output``)
        headline: Models that the report sets against all others.

    Returns:
        A row per model that has runs in the folder, and data set if there are several: mean and standard
        deviation of test metrics, validation, p-values against the best, cost. ``attrs['failed']`` says what
        went wrong, by its name.

    Raises:
        ValueError: If an argument is out of range, or the folder or the storage holds results of other
            settings.
    """
    _check_seeds(seeds, trials)
    root = Path(output)
    parts = tuple(splits) if splits else (None,)
    cost = Budget(None if budget is None else budget.epochs, None if budget is None else budget.seconds)
    cost = cost if cost.epochs else Budget(epochs, cost.seconds)
    kept = storage or f"sqlite:///{(root / 'search.db').resolve()}"
    root.mkdir(parents=True, exist_ok=True)
    entries: list[Entry] = []
    named = list(models)
    for protocol in as_protocols(data):
        graph = _same_graph(root / protocol.name, protocol)
        for model in named:
            taking = contender(model, protocol.dataset, preset=preset, space=space, searched=trials > 0)
            search = None
            if trials:
                first = protocol.of_split(parts[0])
                search = Search(taking, first, trials, kept, cost, sampler, device, graph, pruner)
            entries.append(Entry(taking, protocol, root, search, parts, tuple(seeds), epochs, device))
    inside = report is not None and Path(report).resolve().is_relative_to(root.resolve())
    check(not inside, "report", f"outside of {root}", "compare", report)
    folders = [entry.folder for entry in entries]
    check(len(set(folders)) == len(folders) > 0, "models", "models of different names", "compare", named)
    failed = _do_all(entries, n_jobs)
    comparisons = load_comparisons(root)
    if comparisons:
        write_reports(comparisons, Path(report or root / REPORT), headline)
    table = frame(comparisons)
    table.attrs["failed"] = failed
    return table


def _check_seeds(seeds: Sequence[int], trials: int) -> None:
    check(len(seeds) > 0, "seeds", "at least one", "compare", seeds)
    check(trials >= 0, "trials", "at least 0", "compare", trials)
    fine = SEED not in seeds or not trials
    check(fine, "seeds", f"without {SEED}, which is that of the trials", "compare", seeds)


def _same_graph(folder: Path, protocol: Protocol) -> str:
    """What the graph is; another one in the folder is an error."""
    data = protocol.of_split(None).load()
    found = {"users": data["user"].num_nodes, "items": data["item"].num_nodes, "hash": fingerprint(data)}
    path = folder / "graph.json"
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        remedy = "Choose another 'output', or another name for the graph"
        check(before == found, "data", f"the graph of {folder}, {before}", "compare", found, remedy)
    else:
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(found) + "\n", encoding="utf-8")
    return str(found["hash"])


def _do_all(entries: Sequence[Entry], n_jobs: int | None) -> dict[str, str]:
    """All searches, then all runs; what failed, by its name."""
    for entry in entries:
        if entry.decided:
            entry.runs()  # results of other settings are an error now, and not after hours
    searches = {entry.folder: entry.search for entry in entries if entry.search is not None}
    of_search = run_searches(searches, n_jobs)
    failed = {entry.name: of_search[entry.folder] for entry in entries if entry.folder in of_search}
    pieces: list[Piece] = []
    for entry in entries:
        if entry.folder in of_search:
            continue
        try:
            pieces += entry.runs()
        except ValueError as error:  # of one model leaves the others alone
            logger.exception("%s failed", entry.name)
            failed[entry.name] = str(error)
    logger.info("%d runs are to be made", len(pieces))
    for done in run_pieces(pieces, n_jobs):
        logger.info("%s: %s: %s", time.strftime("%H:%M:%S"), done.name, done.error or "done")
        if done.error is not None:
            failed[done.name] = done.error
    return failed
