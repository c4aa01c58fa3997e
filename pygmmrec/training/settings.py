"""What is checked before training starts, and kept as plain values."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.evaluation import METRICS, Counts, count_held_out
from pygmmrec.evaluation.list_lengths import list_lengths
from pygmmrec.kernels.ranking.exclude import Exclude, exclude_edges
from pygmmrec.models.recommender import Recommender
from pygmmrec.training.files.plain import plain
from pygmmrec.training.named import Named, describe
from pygmmrec.training.optimizer import ParamGroups
from pygmmrec.typing import HELD_OUT, INTERACTS
from pygmmrec.utils.check import check, check_flag, check_integer, check_number, check_seed

logger = logging.getLogger(__name__)

WHERE = "Run"
MONITOR = "recall@20"
"""What chooses the epoch by default."""


@dataclass
class Settings:
    """The arguments of a :class:`~pygmmrec.training.Run` that are numbers and names, each checked.

    NumPy's and torch's scalars and arrays, and paths, become Python's own.

    Args: as in :class:`~pygmmrec.training.Run`.
    """

    epochs: int
    batch_size: int
    lr: float
    patience: int
    monitor: str | None
    ks: Sequence[int] | None
    exclude: Exclude | None
    test: bool
    seed: int
    precision: str
    optimizer: Named
    scheduler: Named | None
    param_groups: ParamGroups | None
    weight_decay: float
    clip_norm: float | None
    output: str | os.PathLike[str] | None
    resume: bool
    dataset: str
    bundle: bool
    progress: bool

    def __post_init__(self) -> None:
        self.epochs = check_integer(self.epochs, "epochs", WHERE, at_least=1)
        self.batch_size = check_integer(self.batch_size, "batch_size", WHERE, at_least=1)
        self.lr = check_number(self.lr, "lr", WHERE, above=0)
        self.weight_decay = check_number(self.weight_decay, "weight_decay", WHERE, at_least=0)
        if self.clip_norm is not None:
            self.clip_norm = check_number(self.clip_norm, "clip_norm", WHERE, above=0)
        groups = self.param_groups is None or isinstance(self.param_groups, Mapping)
        check(groups, "param_groups", "a mapping of modules to options", WHERE, self.param_groups)
        self.patience = check_integer(self.patience, "patience", WHERE, at_least=1)
        self.seed = check_seed(self.seed, "seed", WHERE)
        for name in ("test", "resume", "bundle", "progress"):
            setattr(self, name, check_flag(getattr(self, name), name, WHERE))
        self.dataset, self.precision = plain(self.dataset), plain(self.precision)
        check(isinstance(self.dataset, str), "dataset", "a name", WHERE, self.dataset)
        path = self.output is None or isinstance(self.output, str | os.PathLike)
        check(path, "output", "the path of a folder, or None", WHERE, self.output)
        check(
            not self.resume or self.output is not None,
            "output",
            "a folder where 'resume' is set",
            WHERE,
            None,
        )

    @property
    def folder(self) -> Path | None:
        """Where files are written."""
        return None if self.output is None else Path(self.output)

    @property
    def ranking_ks(self) -> tuple[int, ...]:
        """The list lengths; after :meth:`fit_to` they are never ``None``."""
        return tuple(self.ks or ())

    @property
    def details_k(self) -> int:
        """The list length of what is looked at beyond accuracy."""
        return max(self.ranking_ks) if self.monitor is None else int(self.monitor.partition("@")[2])

    def fit_to(self, data: HeteroData) -> dict[str, Counts]:
        """Look at the graph: list lengths and the monitored metric are those that it allows.

        Returns:
            What validation and the test are of, by split, without those that are not done.
        """
        num_items = data["item"].num_nodes
        exclude_edges(data, self.exclude)
        default = self.ks is None
        self.ks = list_lengths(self.ks, num_items, WHERE)
        if default and self.monitor == MONITOR and 20 not in self.ks:
            self.monitor = f"recall@{max(self.ks)}"
            logger.info(
                "There are %d items: %s chooses the epoch, and not %s", num_items, self.monitor, MONITOR
            )
        if self.monitor is not None:
            choices = [f"{name}@{k}" for name in METRICS for k in self.ks]
            self.monitor = plain(self.monitor)
            check(self.monitor in choices, "monitor", f"None or one of {choices}", WHERE, self.monitor)
        counts = {}
        for split, part in zip(("valid", "test"), HELD_OUT, strict=True):
            remedy = f"Set data[{INTERACTS}].{part}, without columns where nothing is held out"
            check(part in data[INTERACTS], "data", f"a graph with held-out pairs {part!r}", WHERE, 0, remedy)
            counts[split] = count_held_out(data, split)  # type: ignore[arg-type]
        self.monitor = self._validates(counts["valid"])
        self.test = self._tests(counts["test"])
        done = {"valid": self.monitor is not None, "test": self.test}
        return {split: count for split, count in counts.items() if done[split]}

    def _validates(self, counts: Counts) -> str | None:
        if self.monitor is None or counts.users > 0:
            return self.monitor
        _all_cold(counts, "valid", "'monitor=None' keeps the last weights")
        what = "No validation pairs: all %d epochs are trained, and the last weights kept ('monitor=None')"
        logger.warning(what, self.epochs)
        return None

    def _tests(self, counts: Counts) -> bool:
        if not self.test or counts.users > 0:
            return self.test
        _all_cold(counts, "test", "'test=False' trains without a test")
        logger.warning("No test pairs: the result has no test metrics ('test=False')")
        return False

    @property
    def config(self) -> dict[str, Any]:
        """What a run that goes on has to have in common with the interrupted one."""
        names = ["batch_size", "lr", "patience", "monitor", "exclude", "seed", "precision", "dataset"]
        names += ["weight_decay", "clip_norm"]
        return {
            **{name: getattr(self, name) for name in names},
            "ks": list(self.ranking_ks),
            "optimizer": describe(self.optimizer),
            "scheduler": describe(self.scheduler),
            "param_groups": plain(dict(self.param_groups or {})),
        }


def _all_cold(counts: Counts, split: str, remedy: str) -> None:
    given = f"{counts.cold_users} users, all without"
    check(
        counts.cold_users == 0,
        "data",
        f"a graph whose users in {split!r} have training edges",
        WHERE,
        given,
        remedy,
    )


def own_epoch_transform(epoch_transform: Any, model: Recommender) -> BaseTransform | None:
    """The transform that draws the training graph of each epoch, from what a run was given.

    Raises:
        ValueError: If it is something else, such as a function that nobody called.
    """
    name = f"{type(model).__name__}.epoch_transform"
    if isinstance(epoch_transform, str) and epoch_transform == "default":
        own = model.epoch_transform()
        if own is not None:
            logger.info("epoch_transform: each epoch trains on a graph that %s() draws", name)
        return own
    if epoch_transform is None:
        if type(model).epoch_transform is not Recommender.epoch_transform:
            logger.info("'epoch_transform=None': training on the whole graph, without %s()", name)
        return None
    called = getattr(epoch_transform, "__qualname__", type(epoch_transform).__name__)
    remedy = f"Call it: epoch_transform={called}()"
    if not hasattr(epoch_transform, "__qualname__"):
        remedy = f"{name}() is the default"
    elif "<" in called:
        remedy = "Derive it from BaseTransform, whose repr says what it does"
    wanted = "a transform, 'default' or None"
    check(isinstance(epoch_transform, BaseTransform), "epoch_transform", wanted, WHERE, called, remedy)
    transform: BaseTransform = epoch_transform
    return transform
