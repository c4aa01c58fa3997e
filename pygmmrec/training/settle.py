"""What of the options a graph allows: list lengths, the monitored metric, whether there is a test."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import NamedTuple

from torch_geometric.data import HeteroData

from pygmmrec.evaluation import METRICS, Counts, count_held_out
from pygmmrec.evaluation.list_lengths import list_lengths
from pygmmrec.evaluation.negatives import SAMPLED
from pygmmrec.evaluation.own_metrics import named_metrics
from pygmmrec.kernels.ranking.exclude import exclude_edges
from pygmmrec.training.option_checks import WHERE
from pygmmrec.training.options import MONITOR, Options
from pygmmrec.typing import HELD_OUT, INTERACTS
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)


class Settled(NamedTuple):
    """Options as they hold for a graph, and what is scored, by split, without those that are not."""

    options: Options
    counts: dict[str, Counts]


def settle(options: Options, data: HeteroData) -> Settled:
    """Look at the graph: list lengths, the monitored metric and the test are those that it allows.

    Args:
        options: As they were given, left alone.
        data: The graph.

    Raises:
        ValueError: If the graph does not allow what was asked for.
    """
    exclude_edges(data, options.exclude)
    num_items = data["item"].num_nodes
    sampled = options.num_negatives
    few = f"None, or at most half of the {num_items} items"
    check(sampled is None or 2 * sampled <= num_items, "num_negatives", few, WHERE, sampled)
    ks = list_lengths(options.ks, num_items, WHERE)
    monitor = None if options.valid is None else _monitor(options, ks, num_items)
    counts = {}
    for split, part in zip(("valid", "test"), HELD_OUT, strict=True):
        remedy = f"Set data[{INTERACTS}].{part}, without columns where nothing is held out"
        check(part in data[INTERACTS], "data", f"a graph with held-out pairs {part!r}", WHERE, 0, remedy)
        users = options.valid_users if split == "valid" else None
        counted = count_held_out(data, split, num_users=users, seed=options.seed)  # type: ignore[arg-type]
        counts[split] = counted._replace(negatives=options.num_negatives or 0)
    if monitor is not None and counts["valid"].users == 0:
        _some_cold(counts["valid"], "valid", "'monitor=None' keeps the last weights")
        what = "No validation pairs: all %d epochs are trained, and the last weights kept ('monitor=None')"
        logger.warning(what, options.epochs)
        monitor = None
    test = bool(options.test)
    if test and counts["test"].users == 0:
        _some_cold(counts["test"], "test", "'test=False' trains without a test")
        logger.warning("No test pairs: the result has no test metrics ('test=False')")
        test = False
    done = {"valid": monitor is not None, "test": test}
    kept = {split: count for split, count in counts.items() if done[split]}
    return Settled(replace(options, ks=ks, monitor=monitor, test=test), kept)


def _monitor(options: Options, ks: tuple[int, ...], num_items: int) -> str | None:
    """The metric that chooses the epoch, by the name that results give it."""
    if options.monitor is None:
        return None
    prefix = "" if options.num_negatives is None else SAMPLED
    if options.ks is None and options.monitor == MONITOR and 20 not in ks:
        found = f"recall@{max(ks)}"
        logger.info("There are %d items: %s chooses the epoch, and not %s", num_items, found, MONITOR)
        return prefix + found
    names = [*METRICS, *named_metrics(options.metrics)]
    choices = [f"{prefix}{name}@{k}" for name in names for k in ks]
    monitor = str(options.monitor)
    monitor = monitor if monitor.startswith(prefix) else prefix + monitor
    check(monitor in choices, "monitor", f"None or one of {choices}", WHERE, options.monitor)
    return monitor


def _some_cold(counts: Counts, split: str, remedy: str) -> None:
    """A split without users has no pairs at all, and not users without training edges."""
    given = f"{counts.cold_users} users, all without"
    wanted = f"a graph whose users in {split!r} have training edges"
    check(counts.cold_users == 0, "data", wanted, WHERE, given, remedy)
