"""The parts of a training run, so that its loop can be read."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.evaluation.evaluate import log_counts
from pygmmrec.graph.fingerprint import fingerprint
from pygmmrec.graph.is_graph import is_prepared
from pygmmrec.graph.more_edges import train_on
from pygmmrec.kernels.runtime.allocator import keep_freed_memory
from pygmmrec.models.closed.closed_form import ClosedForm
from pygmmrec.models.recommender import Recommender, check_recommender
from pygmmrec.parallel.launch import meet, own_device
from pygmmrec.parallel.tables import DividedTables
from pygmmrec.sampling import TripletSampler
from pygmmrec.training.bundle import write_bundle
from pygmmrec.training.callbacks import Callbacks
from pygmmrec.training.closed import usable
from pygmmrec.training.device import single_device
from pygmmrec.training.early_stopping import EarlyStopping
from pygmmrec.training.epoch_graph import draw_graph, own_epoch_transform
from pygmmrec.training.folder import OutputFolder
from pygmmrec.training.interrupt import say_how_to_go_on, termination_raises
from pygmmrec.training.keeper import Keeper
from pygmmrec.training.loggers import Log
from pygmmrec.training.memory import peak_memory_mb, reset_peak_memory
from pygmmrec.training.optional_part import optional_part
from pygmmrec.training.options import Options
from pygmmrec.training.origin import Origin
from pygmmrec.training.outputs import write_outputs
from pygmmrec.training.progress import Progress
from pygmmrec.training.result import FitResult
from pygmmrec.training.run_state import HasState, History
from pygmmrec.training.scoring import Scoring
from pygmmrec.training.settle import settle
from pygmmrec.training.start import Start
from pygmmrec.training.stepper import Stepper
from pygmmrec.training.takes_options import takes_options
from pygmmrec.training.terms import check_finite
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
        model: The model; moved to the device. A closed form is fitted in one pass, and options of epochs and
            steps are not used; another one without a weight to train is scored as it is.
        data: The graph; a copy is moved to the device. One that nobody prepared is prepared as the model says
            by default; evaluating it afterwards takes ``Model.prepare(data)``.
        options: By name, each of :class:`~pygmmrec.training.Options`.

    Raises:
        TypeError: If an option does not exist; the message names the nearest one.
        ValueError: If the data does not fit the model, an option is out of range, the folder cannot be
            written to or is another run's, or the state to resume is damaged or of another run; or if
            ``devices`` is not the number of processes that a launcher started.
    """

    @takes_options(Options)
    def __init__(self, model: Recommender, data: HeteroData, options: Options) -> None:
        check_recommender(model, data, "fit")
        options = usable(model, options)
        more = options.also_trained_on
        data = train_on(data, more, self) if more else data
        model.check_graph(data)
        options, counts = settle(options, data)
        self.options, self.model, self.epochs = options, model, options.epochs
        self._team = team = meet(options.devices, self)
        self._callbacks = Callbacks(options.callbacks)
        self._log = Log(options.loggers if team.is_first else (), options.folder)
        self.epoch_transform = own_epoch_transform(options.epoch_transform, model)
        self._fabric = single_device(own_device(options.device, team.size), options.precision)
        self.device = self._fabric.device
        start = None if options.start_from is None else Start(options.start_from, model, data)
        self._lineage = [] if start is None else start.lineage
        if start is not None:
            start.give_weights()
        self._origin = Origin.of(model, data, options.seed, counts, self.device)
        for split, count in counts.items():
            log_counts(count, split)
        with ExitStack() as opened:  # what is open is closed if something fails here, and by close() later
            opened.enter_context(team.quiet())
            opened.callback(self._log.close)
            folder = None
            if options.folder is not None:
                folder = OutputFolder(options.folder, self, _size_of_files(model), first=team.is_first)
                opened.callback(folder.release)
            self._folder = folder  # whose lock would end with it
            self.output = None if folder is None else folder.path
            if not is_prepared(data):
                logger.info("Preparing the graph for %s", type(model).__name__)
                data = model.prepare(data)
            self.config: dict[str, Any] = {
                **options.config,
                "epoch_transform": " ".join(repr(self.epoch_transform).split()),
                **({"trained_on": ["train", *more]} if more else {}),
                "graph": None if folder is None else fingerprint(data),  # a run goes on with its own only
            }
            if self.device.type == "cpu":
                keep_freed_memory()
            model.to(self.device)
            self._tables = None if team.ranks is None else DividedTables(model, team.ranks)
            self._stepper = Stepper(self._fabric, model, options)
            if start is not None and self.optimizer is not None:
                start.give_moments(self.optimizer, self.config["optimizer"])
            self.data: HeteroData = copy.copy(data).to(self.device)
            self.stopped = ""
            self._scoring = Scoring(model, self.data, options, team)
            self._sampler = TripletSampler(self.data, batch_size=options.batch_size, seed=options.seed)
            self.early_stopping = EarlyStopping(options.patience)
            self.history: History = []
            self._started = 0.0  # of the epoch
            reset_peak_memory(self.device)
            steps = self.epochs * len(self._sampler)
            self._progress = Progress(type(model).__name__, steps, options.progress and team.is_first)
            opened.callback(self._progress.close)
            opened.callback(global_seed.set_random_state, global_seed.random_state())
            torch.manual_seed(options.seed)
            parts: dict[str, HasState] = {
                "sampler": self._sampler,
                "early_stopping": self.early_stopping,
                "callbacks": self._callbacks,
                **self._stepper.parts,
            }
            kept, every = (self.data, self.config, parts, team), options.checkpoint_every
            self._keeper = Keeper(folder, self, model, *kept, every, options.resume)
            if options.resume:
                self.history += self._keeper.go_on(self.epochs, self.early_stopping)
                self._progress.steps(len(self.history) * len(self._sampler))
            self._log.began(self)
            self._on_close = opened.pop_all()

    @property
    def optimizer(self) -> Any:
        """The optimiser, as Fabric wraps it; ``None`` where no weight is to be trained."""
        return self._stepper.optimizer

    def __enter__(self) -> Self:
        self._on_close.enter_context(termination_raises())
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close()
        if kind is not None and issubclass(kind, KeyboardInterrupt | SystemExit):
            say_how_to_go_on(type(self.model).__name__, len(self.history), self.output, self.options.resume)

    @property
    def monitor(self) -> str | None:
        """The validation metric that chooses the epoch, by the name that results give it."""
        return self.options.monitor

    def stop(self, why: str) -> None:
        """No further step and no further epoch begins; what was trained is validated and counts."""
        self.stopped = why

    @property
    def _last_epoch(self) -> int:
        return self.epochs if self.optimizer is not None else 1

    def __iter__(self) -> Iterator[HeteroData]:
        """The training graph of each epoch, until the last one, patience runs out or a callback says so."""
        while len(self.history) < self._last_epoch and not self.early_stopping.should_stop:
            if self.stopped:
                return
            self._started = time.perf_counter()
            self.model.train()
            graph = draw_graph(self.epoch_transform, self.data)
            self._callbacks.epoch_began(self, graph)
            if not self.stopped:
                yield graph

    def batches(self) -> Iterator[Triplets]:
        """The epoch's batches: every training edge once, each with a new negative."""
        if self.optimizer is None:
            return
        for batch in self._sampler:
            yield batch
            self._progress.steps()
            if self.stopped:
                return

    def refresh(self, graph: HeteroData) -> None:
        """What the model builds once per epoch, before its first step, in the precision of the run.

        A closed form is fitted here, in its own precision.
        """
        if isinstance(self.model, ClosedForm):
            self.model.fit_closed(graph)
            return
        with self._fabric.autocast():
            self.model.refresh(graph)

    def loss(self, graph: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        """The model's named loss terms, in the precision of the run."""
        with self._fabric.autocast():
            return self.model.loss(graph, batch)

    def step(self, terms: dict[str, Tensor]) -> None:
        """One optimiser step on the sum of the terms. Nothing is read back from the device."""
        self._callbacks.step_done(self, self._stepper.step(terms))

    def backward(self, terms: dict[str, Tensor]) -> None:
        """Add the gradient of the sum of the terms, for steps of one's own with :attr:`optimizer`."""
        self._stepper.backward(terms)

    def validate(self) -> dict[str, float]:
        """End an epoch: score the validation set, and keep the state, and the weights if it is the best.

        Without validation, only the state is kept.

        Raises:
            FloatingPointError: If a loss term is no longer finite.
        """
        epoch = len(self.history) + 1
        loss = self._stepper.end_epoch()
        check_finite(loss, epoch, type(self.model).__name__, self.options.lr, self.options.precision)
        seconds = time.perf_counter() - self._started
        self.history.append({"epoch": epoch, "loss": loss, "valid": {}, "seconds": seconds})
        due = epoch % self.options.valid_every == 0 or epoch == self._last_epoch or self.stopped != ""
        improved = due and self._score()
        valid: dict[str, float] = self.history[-1]["valid"]
        chosen_by = {self.monitor: valid[self.monitor]} if self.monitor in valid else {}
        self._stepper.schedule.step(next(iter(chosen_by.values()), None))
        for each in (self._callbacks, self._log):
            each.validated(self, valid)
        self._keeper.keep(self.history, improved)
        self._progress.epoch(epoch, loss, chosen_by, improved)
        return valid

    def _score(self) -> bool:
        """Score the validation set for the last epoch; whether it is the best so far."""
        if self.monitor is None:
            return False
        valid = self.history[-1]["valid"] = self._scoring.validate()
        return self.early_stopping.update(len(self.history), valid[self.monitor])

    def finish(self) -> FitResult:
        """Put the best weights into the model, score the test set once, and write the result.

        The result is written before anything that is only nice to have beside it.

        Raises:
            ValueError: If no epoch was validated.
        """
        check(len(self.history) > 0, "history", "at least one validated epoch", self, self.history)
        if self.monitor is not None and not self.history[-1]["valid"]:  # it ended between two validations
            self._keeper.keep(self.history, self._score())
        if self.monitor is None:
            best_epoch = len(self.history)
            self._keeper.keep_weights(best_epoch)
        else:
            best_epoch = self.early_stopping.best_epoch
            self._keeper.restore_weights(best_epoch)
        if self._tables is not None:
            self._tables.join()
        tested = self._scoring.test()
        result = self._origin.result(
            best_epoch=best_epoch,
            test={} if tested.metrics is None else tested.metrics.compute(),
            training={**self.config, "epochs": self.epochs},
            history=self.history,
            peak_memory_mb=peak_memory_mb(self.device),
            stopped=self.stopped or ("patience" if self.early_stopping.should_stop else "epochs"),
        )
        with optional_part("popularity and diversity"):
            result.beyond = tested.beyond.compute() if tested.beyond else {}
        if self._folder is not None and self._team.is_first:
            write_outputs(self._folder.path, result, tested.users, tested.metrics, tested.beyond)
            if self.options.bundle:
                with optional_part("bundle"):
                    write_bundle(
                        self._folder, self.model, self.data, result, self._lineage, tested.embeddings
                    )
        for each in (self._callbacks, self._log):
            each.ended(self, result)
        self.close()
        return result

    def close(self) -> None:
        """End the progress bar, free the folder, put torch's generators back; a second time does nothing."""
        self._on_close.close()


def _size_of_files(model: Recommender) -> int:
    """Bytes of a model's weights and state, while they are replaced: Adam's state is thrice the weights."""
    return 7 * sum(int(value.nbytes) for value in model.state_dict().values())
