"""The parts of a training run, so that its loop can be read."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.evaluation import BeyondAccuracy, RankingMetrics
from pygmmrec.evaluation.evaluate import SeesLists, log_counts, measure
from pygmmrec.evaluation.held_out import Split
from pygmmrec.graph.fingerprint import fingerprint
from pygmmrec.graph.is_graph import is_prepared
from pygmmrec.graph.more_edges import train_on
from pygmmrec.graph.summarize import summarize
from pygmmrec.kernels.ranking.exclude import Exclude
from pygmmrec.kernels.runtime.allocator import keep_freed_memory
from pygmmrec.models.recommender import Recommender, check_recommender
from pygmmrec.parallel.launch import check_one_process
from pygmmrec.sampling import TripletSampler
from pygmmrec.training.bundle import write_bundle
from pygmmrec.training.device import Precision, single_device
from pygmmrec.training.early_stopping import EarlyStopping
from pygmmrec.training.environment import environment
from pygmmrec.training.folder import OutputFolder
from pygmmrec.training.interrupt import say_how_to_go_on, termination_raises
from pygmmrec.training.keeper import Keeper
from pygmmrec.training.memory import peak_memory_mb, reset_peak_memory
from pygmmrec.training.named import Named
from pygmmrec.training.optimizer import ParamGroups, Schedule, make_optimizer
from pygmmrec.training.optional_part import OptionalLook, optional_part
from pygmmrec.training.outputs import write_outputs
from pygmmrec.training.progress import Progress
from pygmmrec.training.result import FitResult
from pygmmrec.training.run_state import HasState, History
from pygmmrec.training.settings import MONITOR, Settings, own_epoch_transform
from pygmmrec.training.start import Start
from pygmmrec.training.terms import check_finite, mean_terms
from pygmmrec.typing import Triplets
from pygmmrec.utils import seed as global_seed
from pygmmrec.utils.check import check

if TYPE_CHECKING:
    from typing_extensions import Self

logger = logging.getLogger(__name__)


class Run:
    """Everything of a training run but its loop: device, optimiser, batches, validation, checkpoints, result.

    .. code-block:: python

        with Run(model, data, output="runs/crane") as run:
            for graph in run:                       # an epoch's graph; stops early, goes on if interrupted
                run.refresh(graph)
                for batch in run.batches():
                    run.step(run.loss(graph, batch))
                run.validate()                      # validation chooses the epoch
            result = run.finish()                   # the test set is scored here, once

    :func:`~pygmmrec.training.fit` is this loop. The ``with`` closes the run whatever happens: its folder is
    free for another one, and Ctrl-C and SIGTERM end with a line that says how to go on.

    Args:
        model: The model; moved to the device. One without a weight to train is scored as it is.
        data: The graph; a copy is moved to the device. One that nobody prepared is prepared as the model says
            by default; evaluating it afterwards takes ``Model.prepare(data)``.
        epoch_transform: Draws the training graph of each epoch; evaluation always sees ``data``. ``None``
            trains on the whole graph. (default: the model's own, with its default settings)
        epochs: Most epochs to train. (default: ``100``)
        batch_size: Triplets per step. (default: ``2048``)
        lr: Learning rate. (default: ``1e-3``)
        patience: Validations without a new best after which training stops. (default: ``20``)
        monitor: Validation metric that chooses the epoch. ``None`` validates nothing, trains all epochs and
            keeps the last weights; so does, with a warning, a graph without validation pairs.
            (default: ``recall@20``)
        ks: List lengths of all metrics. (default: 5, 10, 20 and 50, without those above the number of items)
        exclude: Known items left out of rankings, see :func:`~pygmmrec.evaluation.evaluate`.
            (default: ``train``)
        valid: ``None`` trains on the validation pairs as well, of a graph that nobody prepared; nothing is
            validated then, and ``epochs`` says how long, such as ``best_epoch`` of an earlier result.
            (default: ``True``)
        test: Whether to score the test set. Without test pairs it is not, with a warning. ``None`` trains on
            them as well: with ``valid=None``, on all that there is, before deployment. (default: ``True``)
        seed: Seed of batches, negatives and everything random in training. Torch's global generators have it
            until :meth:`finish`, and are then as they were. The weights are the model's own, see
            :meth:`~pygmmrec.models.Recommender.from_data`. (default: ``0``)
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:1``, or a :class:`torch.device`. (default: ``auto``)
        precision: ``32-true``, ``bf16-mixed`` or ``16-mixed``. (default: ``32-true``)
        optimizer: Name of a class in :mod:`torch.optim`; its name and options, as in ``{"name": "AdamW",
            "betas": (0.9, 0.98)}``; or what makes one of parameter groups. A named one is fused where torch
            can do that. (default: ``Adam``)
        scheduler: Moves the learning rate at the end of each epoch: name and options of a class in
            :mod:`torch.optim.lr_scheduler`, as in ``{"name": "StepLR", "step_size": 50, "gamma": 0.96}``; or
            what makes one of an optimiser. ``ReduceLROnPlateau`` watches ``monitor``. (default: ``None``)
        param_groups: Options of the optimiser that some modules or weights have of their own, by name, as in
            ``{"item_graph": {"lr": 1e-2}}``; of names inside each other, the longest counts.
            (default: ``None``)
        weight_decay: Of the optimiser; the models' own L2 terms are losses. (default: ``0``)
        clip_norm: Norm to which the gradient of all weights together is cut. (default: ``None``)
        output: Folder for ``model.safetensors``, ``state.pt``, ``result.json``, ``curves.png`` and, for
            paired tests and groups, ``test_per_user.npz``: recall and NDCG of each test user at the list
            length of ``monitor``, popularity and diversity of the list, and the user's training edges as
            ``degree``, see :func:`~pygmmrec.training.load_per_user`; and ``test_per_pair.npz``: where each
            held-out item stands, see :func:`~pygmmrec.training.load_per_pair`. A folder belongs to one run at
            a time. ``None`` writes nothing. (default: ``None``)
        resume: Whether to go on from ``output/state.pt`` if it is there. (default: ``False``)
        start_from: Folder of an earlier run of such a model, which this one goes on from: users and items
            that both graphs have, by raw id, keep their rows and what the optimiser remembered of them; new
            ones start as drawn. The model has the same arguments but for numbers of users and items. A run
            that is resumed goes on from its own state. (default: ``None``)
        dataset: Name of the data set in the result. (default: ``unnamed``)
        bundle: Whether ``output`` becomes a bundle in the end, which :func:`pygmmrec.load` reads in another
            process: ``bundle.json``, and the prepared graph with its features and ids, ``graph.json``,
            ``graph.safetensors`` and a Parquet table for users and for items. (default: ``True``)
        progress: Whether to show a progress bar on a terminal; elsewhere epochs are logged.
            (default: ``True``)

    Numbers and names may be NumPy's or torch's, and are plain in the result.

    Raises:
        ValueError: If the data does not fit the model, an argument is out of range, the folder cannot be
            written to or is another run's, or the state to resume is damaged or of another run; or if a
            launcher started several processes, which would each train on their own.
    """

    def __init__(
        self,
        model: Recommender,
        data: HeteroData,
        *,
        epoch_transform: BaseTransform | Literal["default"] | None = "default",
        epochs: int = 100,
        batch_size: int = 2048,
        lr: float = 1e-3,
        patience: int = 20,
        monitor: str | None = MONITOR,
        ks: Sequence[int] | None = None,
        exclude: Exclude | None = "train",
        valid: Literal[True] | None = True,
        test: bool | None = True,
        seed: int = 0,
        device: str | torch.device = "auto",
        precision: Precision = "32-true",
        optimizer: Named = "Adam",
        scheduler: Named | None = None,
        param_groups: ParamGroups | None = None,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        output: str | Path | None = None,
        resume: bool = False,
        start_from: str | Path | None = None,
        dataset: str = "unnamed",
        bundle: bool = True,
        progress: bool = True,
    ) -> None:
        check_one_process(self)
        check_recommender(model, data, "fit")
        check(valid is None or valid is True, "valid", "True or None", self, valid, "Or set 'monitor=None'")
        more = [part for part, asked in (("valid", valid), ("test", test)) if asked is None]
        if more:
            data = train_on(data, more, self)
        monitor, test = None if valid is None else monitor, test is not None and test
        self.settings = settings = Settings(
            epochs, batch_size, lr, patience, monitor, ks, exclude, test, seed, precision, optimizer,
            scheduler, param_groups, weight_decay, clip_norm, output, resume, dataset, bundle, progress,
        )  # fmt: skip
        model.check_graph(data)
        counts = settings.fit_to(data)
        self.epoch_transform = own_epoch_transform(epoch_transform, model)
        self._fabric = single_device(device, precision)
        self.device = self._fabric.device
        self.model, self.epochs = model, settings.epochs
        self._model_config = dict(model.config)  # now, since it may fail
        start = None if start_from is None else Start(start_from, model, data)
        self._lineage = [] if start is None else start.lineage
        if start is not None:
            start.give_weights()
        self._seeds = {"training": settings.seed, **model.weights_seed()}
        self._counts = {split: count._asdict() for split, count in counts.items()}
        self._summary = summarize(data).as_dict()
        for split, count in counts.items():
            log_counts(count, split)
        with ExitStack() as opened:  # what is open is closed if something fails here, and by close() later
            folder = None
            if settings.folder is not None:
                folder = OutputFolder(settings.folder, self, _size_of_files(model))
                opened.callback(folder.release)
            self._folder = folder  # whose lock would end with it
            self.output = None if folder is None else folder.path
            if not is_prepared(data):
                logger.info("Preparing the graph for %s", type(model).__name__)
                data = model.prepare(data)
            self.config: dict[str, Any] = {
                **settings.config,
                "epoch_transform": " ".join(repr(self.epoch_transform).split()),
                **({"trained_on": ["train", *more]} if more else {}),
                "graph": None if folder is None else fingerprint(data),  # a run goes on with its own only
            }
            self._environment = environment(self.device)
            if self.device.type == "cpu":
                keep_freed_memory()
            self._optimizer = self._set_up(model.to(self.device))
            if start is not None and self._optimizer is not None:
                start.give_moments(self._optimizer, settings.config["optimizer"])
            self.data: HeteroData = copy.copy(data).to(self.device)
            self._sampler = TripletSampler(self.data, batch_size=settings.batch_size, seed=settings.seed)
            self.early_stopping = EarlyStopping(settings.patience)
            self.history: History = []
            self._terms: list[dict[str, Tensor]] = []
            self._started = 0.0  # of the epoch
            reset_peak_memory(self.device)
            steps = self.epochs * len(self._sampler)
            self._progress = Progress(type(model).__name__, steps, settings.progress)
            opened.callback(self._progress.close)
            opened.callback(global_seed.set_random_state, global_seed.random_state())
            torch.manual_seed(settings.seed)
            parts: dict[str, HasState] = {"sampler": self._sampler, "early_stopping": self.early_stopping}
            if self._optimizer is not None:
                parts |= {"optimizer": self._optimizer, "scheduler": self._schedule}
            self._keeper = Keeper(folder, self, model, self.data, self.config, parts)
            if settings.resume:
                self.history += self._keeper.go_on(self.epochs, self.early_stopping)
                self._progress.steps(len(self.history) * len(self._sampler))
            self._on_close = opened.pop_all()

    def _set_up(self, model: Recommender) -> Any:
        """The optimiser and its schedule, as Fabric wraps them; ``None`` where no weight is to be trained."""
        of = self.settings
        optimizer = make_optimizer(model, of.optimizer, of.lr, of.weight_decay, of.param_groups)
        self._schedule = Schedule(of.scheduler, optimizer)
        if optimizer is None:
            return None
        self._wrapped, wrapped_optimizer = self._fabric.setup(model, optimizer)
        return wrapped_optimizer

    def __enter__(self) -> Self:
        self._on_close.enter_context(termination_raises())
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close()
        if kind is not None and issubclass(kind, KeyboardInterrupt | SystemExit):
            say_how_to_go_on(type(self.model).__name__, len(self.history), self.output, self.settings.resume)

    def __iter__(self) -> Iterator[HeteroData]:
        """The training graph of each epoch, until the last epoch or until patience runs out."""
        last = self.epochs if self._optimizer is not None else 1
        while len(self.history) < last and not self.early_stopping.should_stop:
            self._started = time.perf_counter()
            self.model.train()
            transform = self.epoch_transform
            graph = copy.copy(self.data) if transform is None else transform(self.data)
            check(
                isinstance(graph, HeteroData), "epoch_transform", "one that returns a graph", self, transform
            )
            yield graph

    def batches(self) -> Iterator[Triplets]:
        """The epoch's batches: every training edge once, each with a new negative."""
        if self._optimizer is None:
            return
        for batch in self._sampler:
            yield batch
            self._progress.steps()

    def refresh(self, graph: HeteroData) -> None:
        """What the model builds once per epoch, before its first step, in the precision of the run."""
        with self._fabric.autocast():
            self.model.refresh(graph)

    def loss(self, graph: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        """The model's named loss terms, in the precision of the run."""
        with self._fabric.autocast():
            return self.model.loss(graph, batch)

    def step(self, terms: dict[str, Tensor]) -> None:
        """One optimiser step on the sum of the terms. Nothing is read back from the device."""
        check(len(terms) > 0, "terms", "at least one term of the loss", self, terms)
        self._optimizer.zero_grad()
        self._fabric.backward(torch.stack(list(terms.values())).sum())
        if self.settings.clip_norm is not None:
            self._fabric.clip_gradients(self._wrapped, self._optimizer, max_norm=self.settings.clip_norm)
        self._optimizer.step()
        self._terms.append({name: value.detach() for name, value in terms.items()})

    def validate(self) -> dict[str, float]:
        """End an epoch: score the validation set, and keep the state, and the weights if it is the best.

        Without validation, only the state is kept.

        Raises:
            FloatingPointError: If a loss term is no longer finite.
        """
        epoch = len(self.history) + 1
        loss = self._mean_terms(epoch)
        seconds = time.perf_counter() - self._started
        monitor = self.settings.monitor
        valid = {} if monitor is None else self._measure("valid")[1].compute()
        improved = monitor is not None and self.early_stopping.update(epoch, valid[monitor])
        self.history.append({"epoch": epoch, "loss": loss, "valid": valid, "seconds": seconds})
        chosen_by = {} if monitor is None else {monitor: valid[monitor]}
        self._schedule.step(None if monitor is None else valid[monitor])
        self._keeper.keep(self.history, improved)
        self._progress.epoch(epoch, loss, chosen_by, improved)
        return valid

    def finish(self) -> FitResult:
        """Put the best weights into the model, score the test set once, and write the result.

        The result is written before anything that is only nice to have beside it.

        Raises:
            ValueError: If no epoch was validated.
        """
        check(len(self.history) > 0, "history", "at least one validated epoch", self, self.history)
        if self.settings.monitor is None:
            best_epoch = len(self.history)
            self._keeper.keep_weights(best_epoch)
        else:
            best_epoch = self.early_stopping.best_epoch
            self._keeper.restore_weights(best_epoch)
        users, test, beyond = self._test()
        result = FitResult(
            model=type(self.model).__name__,
            dataset=self.config["dataset"],
            seed=self.config["seed"],
            best_epoch=best_epoch,
            epochs=len(self.history),
            valid=self.history[best_epoch - 1]["valid"],
            test={} if test is None else test.compute(),
            seconds_per_epoch=sum(entry["seconds"] for entry in self.history) / len(self.history),
            peak_memory_mb=peak_memory_mb(self.device),
            environment=self._environment,
            config={"model": self._model_config, "training": {**self.config, "epochs": self.epochs}},
            history=self.history,
            num_parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            counts=self._counts,
            seeds=self._seeds,
            data=self._summary,
        )
        with optional_part("popularity and diversity"):
            result.beyond = beyond.compute() if beyond else {}
        if self._folder is not None:
            write_outputs(self._folder.path, result, users, test, beyond)
            if self.settings.bundle:
                with optional_part("bundle"):
                    write_bundle(self._folder, self.model, self.data, result, self._lineage)
        self.close()
        return result

    def _test(self) -> tuple[Tensor, RankingMetrics | None, BeyondAccuracy | None]:
        """The users of the test set, their metrics, and what their lists show besides, if they do."""
        if not self.settings.test:
            return torch.empty(0, dtype=torch.int64), None, None
        beyond = BeyondAccuracy(self.data, self.settings.details_k)
        look = OptionalLook(beyond, "popularity and diversity")
        users, test = self._measure("test", look)
        return users, test, None if look.failed else beyond

    def close(self) -> None:
        """End the progress bar, free the folder, put torch's generators back; a second time does nothing."""
        self._on_close.close()

    def _measure(self, split: Split, *also: SeesLists) -> tuple[Tensor, RankingMetrics]:
        exclude, ks = self.settings.exclude, self.settings.ranking_ks
        return measure(self.model, self.data, split, ks, exclude=exclude, also=also)[:2]

    def _mean_terms(self, epoch: int) -> dict[str, float]:
        stepped = len(self._terms) > 0 or self._optimizer is None
        check(stepped, "validate", "called after at least one step", self, "no step")
        loss = mean_terms(self._terms)
        self._terms.clear()
        check_finite(loss, epoch, type(self.model).__name__, self.settings.lr, self.settings.precision)
        return loss


def _size_of_files(model: Recommender) -> int:
    """Bytes of a model's weights and state, while they are replaced: Adam's state is thrice the weights."""
    return 7 * sum(int(value.nbytes) for value in model.state_dict().values())
