"""The parts of a training run, so that its loop can be read."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from tqdm.auto import tqdm

from pygmmrec.evaluation import METRICS, BeyondAccuracy, RankingMetrics
from pygmmrec.evaluation.evaluate import measure
from pygmmrec.kernels.ranking.exclude import Exclude
from pygmmrec.kernels.runtime.allocator import keep_freed_memory
from pygmmrec.models.recommender import Recommender, is_prepared
from pygmmrec.sampling import TripletSampler
from pygmmrec.training.best_weights import BestWeights
from pygmmrec.training.checkpoint import load_state, random_state, save_state, set_random_state
from pygmmrec.training.details import save_details
from pygmmrec.training.device import Precision, single_device
from pygmmrec.training.early_stopping import EarlyStopping
from pygmmrec.training.environment import environment
from pygmmrec.training.memory import peak_memory_mb, reset_peak_memory
from pygmmrec.training.plot import plot_curves
from pygmmrec.training.result import FitResult
from pygmmrec.training.saved_ids import encode_ids
from pygmmrec.typing import HELD_OUT, INTERACTS, Triplets
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)


class Run:
    """Everything of a training run but its loop: device, optimiser, batches, validation, checkpoints, result.

    .. code-block:: python

        run = Run(model, data, epoch_transform=epoch_transform, output="runs/crane")
        for graph in run:                       # an epoch's graph; stops early, goes on if interrupted
            run.refresh(graph)
            for batch in run.batches():
                run.step(run.loss(graph, batch))
            run.validate()                      # validation chooses the epoch
        result = run.finish()                   # the test set is scored here, once

    :func:`~pygmmrec.training.fit` is this loop.

    Args:
        model: The model; moved to the device.
        data: The graph; a copy is moved to the device. One that nobody prepared is prepared as the model says
            by default; evaluating it afterwards takes ``Model.prepare(data)``.
        epoch_transform: Draws the training graph of each epoch; evaluation always sees ``data``. ``None``
            trains on the whole graph. (default: the model's own, with its default settings)
        epochs: Most epochs to train. (default: ``100``)
        batch_size: Triplets per step. (default: ``2048``)
        lr: Learning rate of Adam. (default: ``1e-3``)
        patience: Validations without a new best after which training stops. (default: ``20``)
        monitor: Validation metric that chooses the epoch. (default: ``recall@20``)
        ks: List lengths of all metrics. (default: ``(5, 10, 20, 50)``)
        exclude: Known items left out of rankings, see :func:`~pygmmrec.evaluation.evaluate`.
            (default: ``train``)
        seed: Seed of batches, negatives and everything random in training. (default: ``0``)
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:1``. (default: ``auto``)
        precision: ``32-true``, ``bf16-mixed`` or ``16-mixed``. (default: ``32-true``)
        output: Folder for ``model.safetensors``, ``state.pt``, ``result.json``, ``curves.png`` and, for
            paired tests and groups, ``test_per_user.npz``: recall and NDCG of each test user at the list
            length of ``monitor``, popularity and diversity of the list, and the user's training edges as
            ``degree``, see :func:`~pygmmrec.training.load_per_user`; and ``test_per_pair.npz``: where each
            held-out item stands, see :func:`~pygmmrec.training.load_per_pair`. ``None`` writes nothing.
            (default: ``None``)
        resume: Whether to go on from ``output/state.pt`` if it is there. (default: ``False``)
        dataset: Name of the data set in the result. (default: ``unnamed``)
        progress: Whether to show a progress bar on a terminal; elsewhere epochs are logged.
            (default: ``True``)

    Raises:
        ValueError: If the data does not fit the model, an argument is out of range, or the state to resume is
            of another run.
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
        monitor: str = "recall@20",
        ks: Sequence[int] = (5, 10, 20, 50),
        exclude: Exclude | None = "train",
        seed: int = 0,
        device: str = "auto",
        precision: Precision = "32-true",
        output: str | Path | None = None,
        resume: bool = False,
        dataset: str = "unnamed",
        progress: bool = True,
    ) -> None:
        check(epochs >= 1, "epochs", "at least 1", self, epochs)
        check(lr > 0, "lr", "positive", self, lr)
        check(not resume or output is not None, "output", "a folder where 'resume' is set", self, output)
        model.check_graph(data)
        for part in HELD_OUT:  # now, and not when training is over
            held_out = data[INTERACTS][part].size(1) if part in data[INTERACTS] else 0
            check(held_out > 0, "data", f"a graph with held-out pairs {part!r}", self, held_out)
        choices = [f"{name}@{k}" for name in RankingMetrics(METRICS, ks, model.num_items).metrics for k in ks]
        check(monitor in choices, "monitor", f"one of {choices}", self, monitor)

        if not is_prepared(data):
            logger.info("Preparing the graph for %s", type(model).__name__)
            data = model.prepare(data)
        if epoch_transform == "default":
            epoch_transform = model.epoch_transform()
        self.config: dict[str, Any] = {
            "batch_size": batch_size, "lr": lr, "patience": patience, "monitor": monitor, "ks": list(ks),
            "exclude": exclude, "seed": seed, "precision": precision, "dataset": dataset,
            "epoch_transform": " ".join(repr(epoch_transform).split()),
        }  # fmt: skip
        self.epochs = epochs
        self.output = None if output is None else Path(output)
        self.history: list[dict[str, Any]] = []
        self.epoch_transform = epoch_transform
        self.model = model
        self.early_stopping = EarlyStopping(patience)

        self._fabric = single_device(device, precision)
        self.device = self._fabric.device
        self._environment = environment(self.device)
        if self.device.type == "cpu":
            keep_freed_memory()
        optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
        _, self._optimizer = self._fabric.setup(model, optimizer)  # moves the model to the device
        self.data: HeteroData = copy.copy(data).to(self.device)
        self._sampler = TripletSampler(self.data, batch_size=batch_size, seed=seed)
        self._best = BestWeights(
            None if self.output is None else self.output / "model.safetensors", self.data
        )
        self._ids = encode_ids(self.data, set(model.node_tables().values()))
        self._terms: list[dict[str, Tensor]] = []
        self._bar = tqdm(
            total=epochs * len(self._sampler),
            desc=type(model).__name__,
            unit="step",
            disable=None if progress else True,
        )
        self._started = 0.0  # of the epoch
        reset_peak_memory(self.device)
        torch.manual_seed(seed)
        if resume and self._state_path.is_file():
            self._resume()

    def __iter__(self) -> Iterator[HeteroData]:
        """The training graph of each epoch, until the last epoch or until patience runs out."""
        while len(self.history) < self.epochs and not self.early_stopping.should_stop:
            self._started = time.perf_counter()
            self.model.train()
            transform = self.epoch_transform
            yield copy.copy(self.data) if transform is None else transform(self.data)
            if self.output is not None:
                save_state(self._state(), self._state_path)

    def batches(self) -> Iterator[Triplets]:
        """The epoch's batches: every training edge once, each with a new negative."""
        for batch in self._sampler:
            yield batch
            self._bar.update()

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
        self._optimizer.zero_grad()
        self._fabric.backward(torch.stack(list(terms.values())).sum())
        self._optimizer.step()
        self._terms.append({name: value.detach() for name, value in terms.items()})

    def validate(self) -> dict[str, float]:
        """End an epoch: score the validation set, remember the epoch, keep the weights if it is the best.

        Raises:
            FloatingPointError: If a loss term is no longer finite.
        """
        epoch = len(self.history) + 1
        loss = self._mean_terms(epoch)
        seconds = time.perf_counter() - self._started
        valid = self._measure("valid")[1].compute()
        monitor = self.config["monitor"]
        improved = self.early_stopping.update(epoch, valid[monitor])
        self.history.append({"epoch": epoch, "loss": loss, "valid": valid, "seconds": seconds})
        if improved:
            self._best.keep(self.model)
        self._report(epoch, loss, valid[monitor], improved)
        return valid

    def finish(self) -> FitResult:
        """Put the best weights into the model, score the test set once, and write the result.

        Raises:
            ValueError: If no epoch was validated.
        """
        self._bar.close()
        check(len(self.history) > 0, "history", "at least one validated epoch", self, self.history)
        self._best.restore(self.model)
        best_epoch = self.early_stopping.best_epoch
        k = self.config["monitor"].partition("@")[2]
        beyond = BeyondAccuracy(self.data, int(k))
        users, test = self._measure("test", beyond)
        result = FitResult(
            model=type(self.model).__name__,
            dataset=self.config["dataset"],
            seed=self.config["seed"],
            best_epoch=best_epoch,
            epochs=len(self.history),
            valid=self.history[best_epoch - 1]["valid"],
            test=test.compute(),
            seconds_per_epoch=sum(entry["seconds"] for entry in self.history) / len(self.history),
            peak_memory_mb=peak_memory_mb(self.device),
            environment=self._environment,
            config={"model": self.model.config, "training": {**self.config, "epochs": self.epochs}},
            history=self.history,
            beyond=beyond.compute(),
            num_parameters=sum(parameter.numel() for parameter in self.model.parameters()),
        )
        if self.output is not None:
            save_details(self.output, users, test, beyond)
            result.save(self.output / "result.json")  # the last: with it, the run is done
            title = f"{result.model} on {result.dataset}, seed {result.seed}"
            plot_curves(self.history, best_epoch, self.output / "curves.png", title=title)
        return result

    @property
    def _state_path(self) -> Path:
        return (self.output or Path()) / "state.pt"

    def _measure(
        self, split: Literal["valid", "test"], *also: BeyondAccuracy
    ) -> tuple[Tensor, RankingMetrics]:
        exclude, ks = self.config["exclude"], self.config["ks"]
        return measure(self.model, self.data, split, ks, exclude=exclude, also=also)

    def _mean_terms(self, epoch: int) -> dict[str, float]:
        check(len(self._terms) > 0, "validate", "called after at least one step", self, "no step")
        names = list(self._terms[0])
        total = torch.stack([torch.stack(list(terms.values())) for terms in self._terms]).mean(dim=0)
        self._terms.clear()
        loss = dict(zip(names, total.tolist(), strict=True))
        if not bool(total.isfinite().all()):
            raise FloatingPointError(
                f"The loss of '{type(self.model).__name__}' is no longer finite in epoch {epoch} ({loss}). "
                "Lower the learning rate, or train in '32-true'"
            )
        return loss

    def _report(self, epoch: int, loss: dict[str, float], value: float, improved: bool) -> None:
        terms = {name: f"{mean:.4g}" for name, mean in loss.items()}
        monitor = self.config["monitor"]
        self._bar.set_postfix({"epoch": str(epoch), **terms, monitor: f"{value:.4f}"})
        if self._bar.disable:
            line = ", ".join(f"{name} {mean}" for name, mean in terms.items())
            star = " *" if improved else ""
            logger.info("epoch %d: %s, valid %s %.4f%s", epoch, line, monitor, value, star)

    def _state(self) -> dict[str, Any]:
        return {
            "repr": repr(self.model),
            "config": self.config,
            "history": self.history,
            "model": self.model.state_dict(),
            "ids": self._ids,
            "optimizer": self._optimizer.state_dict(),
            "sampler": self._sampler.state_dict(),
            "early_stopping": self.early_stopping.state_dict(),
            "random": random_state(),
        }

    def _resume(self) -> None:
        state = load_state(self._state_path)
        remedy = "Use the arguments of the interrupted run, or another output folder"
        check(state["repr"] == repr(self.model), "model", state["repr"], self, self.model, remedy)
        for name, value in self.config.items():
            saved = state["config"].get(name)
            check(saved == value, name, f"{saved!r}, as in the run to resume", self, value, remedy)
        ids = state.get("ids", self._ids)  # a state without says nothing about whose rows it holds
        same = ids.keys() == self._ids.keys() and all(torch.equal(ids[k], self._ids[k]) for k in ids)
        check(same, "data", "the graph of the run to resume, its users and items in the same order", self,
              self.data, remedy)  # fmt: skip
        self.history = state["history"]
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._sampler.load_state_dict(state["sampler"])
        self.early_stopping.load_state_dict(state["early_stopping"])
        set_random_state(state["random"])
        self._bar.update(len(self.history) * len(self._sampler))
        logger.info("Going on after epoch %d of %s", len(self.history), self._state_path)
