"""All options of a training run, each said once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch_geometric.transforms import BaseTransform

from pygmmrec.evaluation.own_metrics import Metrics, named_metrics
from pygmmrec.kernels.ranking.exclude import Exclude
from pygmmrec.training.callbacks import Callback
from pygmmrec.training.device import Precision
from pygmmrec.training.files.plain import plain
from pygmmrec.training.named import Named, describe
from pygmmrec.training.optimizer import ParamGroups
from pygmmrec.training.option_checks import CHECKS, WHERE
from pygmmrec.utils.check import check

MONITOR = "recall@20"
"""What chooses the epoch by default."""

NOT_OF_THE_RESULT = frozenset(
    ("epochs", "valid", "test", "device", "devices", "output", "resume", "start_from", "bundle", "progress",
     "epoch_transform", "checkpoint", "loggers")
)  # fmt: skip
"""Options that a run that goes on may have otherwise than the interrupted one, or that it says itself."""


@dataclass(kw_only=True)
class Options:
    """The options of :func:`~pygmmrec.training.fit` and of :class:`~pygmmrec.training.Run`, by name.

    The command line and the table ``[training]`` of presets take them too. Numbers and names may be NumPy's
    or torch's, and become plain.

    Raises:
        ValueError: If one is out of range.
    """

    epoch_transform: BaseTransform | Literal["default"] | None = "default"
    """Draws the training graph of each epoch; evaluation always sees the whole graph. ``None`` trains on the
    whole graph. (default: the model's own, with its default settings)"""

    epochs: int = 100
    """Most epochs to train. (default: ``100``)"""

    batch_size: int = 2048
    """Triplets per step. (default: ``2048``)"""

    lr: float = 1e-3
    """Learning rate. (default: ``1e-3``)"""

    patience: int = 20
    """Validations without a new best after which training stops. (default: ``20``)"""

    monitor: str | None = MONITOR
    """Validation metric that chooses the epoch. ``None`` validates nothing, trains all epochs and keeps the
    last weights; so does, with a warning, a graph without validation pairs. (default: ``recall@20``)"""

    metrics: Metrics = ()
    """Metrics of one's own beside the library's: functions of lists and relevant items, by their names, or as
    a mapping of names; see :func:`~pygmmrec.evaluation.evaluate`. (default: none)"""

    ks: Sequence[int] | None = None
    """List lengths of all metrics. (default: 5, 10, 20 and 50, without those above the number of items)"""

    exclude: Exclude | None = "train"
    """Known items left out of rankings, see :func:`~pygmmrec.evaluation.evaluate`. (default: ``train``)"""

    valid: Literal[True] | None = True
    """``None`` trains on the validation pairs as well, of a graph that nobody prepared; nothing is validated
    then, and ``epochs`` says how long, such as ``best_epoch`` of an earlier result. (default: ``True``)"""

    valid_every: int = 1
    """Epochs from one validation to the next; the last epoch is validated in any case. (default: ``1``)"""

    valid_users: int | None = None
    """How many users are validated, a sample that ``seed`` draws once, for the whole run; the test is of all
    users. (default: all)"""

    test: bool | None = True
    """Whether to score the test set. Without test pairs it is not, with a warning. ``None`` trains on them as
    well: with ``valid=None``, on all that there is, before deployment. (default: ``True``)"""

    num_negatives: int | None = None
    """Rank held-out items among so many items that the user does not know, which ``seed`` draws once, instead
    of all items, in validation and test. Such metrics are no estimate of those of full ranking; they are
    called ``sampled_recall@20`` and so on wherever they appear. (default: rank all items)"""

    seed: int = 0
    """Seed of batches, negatives and everything random in training. Torch's global generators have it until
    :meth:`~pygmmrec.training.Run.finish`, and are then as they were. The weights are the model's own, see
    :meth:`~pygmmrec.models.Recommender.from_data`. (default: ``0``)"""

    device: str | torch.device = "auto"
    """``auto``, ``cpu``, ``cuda`` or ``cuda:1``, or a :class:`torch.device`. (default: ``auto``)"""

    devices: int = 1
    """How many processes train together, each on a device of its own, on all hosts; torchrun starts them.
    They share the columns of node tables and the users of an evaluation, and the weights are those that one
    process would find. The first writes, logs and shows the bar. An interrupted run goes on with any number.
    (default: ``1``)"""

    precision: Precision = "32-true"
    """``32-true``, ``bf16-mixed`` or ``16-mixed``. (default: ``32-true``)"""

    optimizer: Named = "Adam"
    """Name of a class in :mod:`torch.optim`; its name and options, as in ``{"name": "AdamW", "eps": 1e-6}``;
    or what makes one of parameter groups. A named one is fused where torch can do that.
    (default: ``Adam``)"""

    scheduler: Named | None = None
    """Moves the learning rate at the end of each epoch: name and options of a class in
    :mod:`torch.optim.lr_scheduler`, as in ``{"name": "StepLR", "step_size": 50, "gamma": 0.96}``; or what
    makes one of an optimiser. ``ReduceLROnPlateau`` watches ``monitor``. (default: ``None``)"""

    param_groups: ParamGroups | None = None
    """Options of the optimiser that some modules or weights have of their own, by name, as in
    ``{"item_graph": {"lr": 1e-2}}``; of names inside each other, the longest counts. (default: ``None``)"""

    weight_decay: float = 0.0
    """Of the optimiser; the models' own L2 terms are losses. (default: ``0``)"""

    clip_norm: float | None = None
    """Norm to which the gradient of all weights together is cut. (default: ``None``)"""

    output: str | os.PathLike[str] | None = None
    """Folder for ``model.safetensors``, ``state.pt``, ``result.json``, ``curves.png`` and, for paired tests
    and groups, ``test_per_user.npz``: recall and NDCG of each test user at the list length of ``monitor``,
    popularity and diversity of the list, and the user's training edges as ``degree``, see
    :func:`~pygmmrec.training.load_per_user`; and ``test_per_pair.npz``: where each held-out item stands, see
    :func:`~pygmmrec.training.load_per_pair`. A folder belongs to one run at a time. ``None`` writes nothing.
    (default: ``None``)"""

    resume: bool = False
    """Whether to go on from ``output/state.pt`` if it is there. (default: ``False``)"""

    checkpoint: Literal["best", "every"] | int = "best"
    """Which weights stay beside those of the best epoch: none, those of ``"every"`` epoch, or of every n-th,
    as ``checkpoints/epoch-0010.safetensors`` in ``output``. (default: ``best``)"""

    start_from: str | os.PathLike[str] | None = None
    """Folder of an earlier run of such a model, which this one goes on from: users and items that both graphs
    have, by raw id, keep their rows and what the optimiser remembered of them; new ones start as drawn. The
    model has the same arguments but for numbers of users and items. A run that is resumed goes on from its
    own state. (default: ``None``)"""

    callbacks: Sequence[Callback] = ()
    """What looks at the run as it goes, and may stop it: see :class:`~pygmmrec.training.Callback`. A run that
    is resumed has the same ones. (default: none)"""

    loggers: Any = ()
    """``"csv"``, ``"tensorboard"``, ``"wandb"``, ``"mlflow"``, several in a list, with options as in
    ``{"name": "wandb", "project": "plays"}``, or loggers of Lightning's. They are told of each epoch and of
    the test. (default: none)"""

    dataset: str = "unnamed"
    """Name of the data set in the result. (default: ``unnamed``)"""

    bundle: bool = True
    """Whether ``output`` becomes a bundle in the end, which :func:`pygmmrec.load` reads in another process:
    ``bundle.json``, and the prepared graph with its features and ids, ``graph.json``, ``graph.safetensors``,
    a Parquet table for users and for items, and all embeddings, so that it answers at once.
    (default: ``True``)"""

    progress: bool = True
    """Whether to show a progress bar on a terminal; elsewhere epochs are logged. (default: ``True``)"""

    def __post_init__(self) -> None:
        for name, checked in CHECKS.items():
            setattr(self, name, checked(getattr(self, name), name))
        where_to = not self.resume or self.output is not None
        check(where_to, "output", "a folder where 'resume' is set", WHERE, None)
        where_to = self.checkpoint == "best" or self.output is not None
        check(where_to, "output", "a folder where 'checkpoint' keeps weights", WHERE, None)

    @property
    def folder(self) -> Path | None:
        """Where files are written."""
        return None if self.output is None else Path(self.output)

    @property
    def also_trained_on(self) -> list[str]:
        """The held-out parts that are trained on as well."""
        return [part for part, asked in (("valid", self.valid), ("test", self.test)) if asked is None]

    @property
    def ranking_ks(self) -> tuple[int, ...]:
        """The list lengths; none before a graph was looked at."""
        return tuple(self.ks or ())

    @property
    def checkpoint_every(self) -> int:
        """Epochs from one file of weights to the next; 0 where only the best are kept."""
        if isinstance(self.checkpoint, str):
            return 0 if self.checkpoint == "best" else 1
        return self.checkpoint

    @property
    def details_k(self) -> int:
        """The list length of what is looked at beyond accuracy."""
        return max(self.ranking_ks) if self.monitor is None else int(self.monitor.partition("@")[2])

    @property
    def config(self) -> dict[str, Any]:
        """Plain values of all that decides the result: a run that goes on has to have them in common."""
        told = {name: value for name, value in vars(self).items() if name not in NOT_OF_THE_RESULT}
        told |= {name: describe(told[name]) for name in ("optimizer", "scheduler")}
        return {
            **told,
            "metrics": list(named_metrics(self.metrics)),
            "callbacks": [type(each).__name__ for each in self.callbacks],
            "ks": list(self.ranking_ks),
            "param_groups": plain(dict(self.param_groups or {})),
        }
