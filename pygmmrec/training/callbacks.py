"""What looks at a training run as it goes, and may stop it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models.recommender import Recommender
from pygmmrec.training.result import FitResult
from pygmmrec.training.run_state import HasState, History
from pygmmrec.utils.check import check


class Running(Protocol):
    """What a callback sees of a :class:`~pygmmrec.training.Run`."""

    model: Recommender
    """The model, with the weights of the moment."""
    data: HeteroData
    """The whole graph, on the device."""
    config: dict[str, Any]
    """What the result will say of the options."""
    history: History
    """An entry per epoch: its number, loss terms, validation metrics and seconds."""
    device: torch.device
    """Where it trains."""
    output: Path | None
    """Where it writes to."""
    stopped: str
    """Why it is to end, once :meth:`stop` was called."""

    @property
    def monitor(self) -> str | None:
        """The metric that chooses the epoch, if there is one."""

    @property
    def optimizer(self) -> Any:
        """The optimiser; its ``param_groups`` have the learning rates."""

    def stop(self, why: str) -> None:
        """No further step and no further epoch begins; what was trained is validated and counts."""


class Callback:
    """Looks at a run as it goes: override what is of interest, everything does nothing by default.

    What may stop a run does so by ``run.stop("why")``, which the result says, or by an exception, which ends
    it without one. A callback with ``state_dict`` and ``load_state_dict``, of tensors and plain values, has
    its state in ``state.pt``, and goes on from it when the run is resumed.
    """

    def epoch_began(self, run: Running, graph: HeteroData) -> None:
        """An epoch begins, and this is its graph."""

    def step_done(self, run: Running, terms: dict[str, Tensor]) -> None:
        """The weights have moved; the terms of the loss are scalars on the device, without gradient.

        Reading one, as by ``float``, waits for the device.
        """

    def validated(self, run: Running, valid: dict[str, float]) -> None:
        """An epoch is over, and the last entry of ``run.history`` is its own.

        ``valid`` has its validation metrics; it is empty where none were due.
        """

    def ended(self, run: Running, result: FitResult) -> None:
        """The run is over: the model has its best weights, and files are written."""


class Callbacks(Callback):
    """Several callbacks, in their order.

    Args:
        callbacks: Those that a run was given.

    Raises:
        ValueError: If one is none.
    """

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        several = isinstance(callbacks, Sequence) and not isinstance(callbacks, str)
        check(several, "callbacks", "a list of callbacks", "Run", callbacks)
        for each in callbacks:
            remedy = "Derive it from pygmmrec.training.Callback, and make one: Mine()"
            check(isinstance(each, Callback), "callbacks", "instances of Callback", "Run", each, remedy)
        self._all = list(callbacks)

    def epoch_began(self, run: Running, graph: HeteroData) -> None:
        for each in self._all:
            each.epoch_began(run, graph)

    def step_done(self, run: Running, terms: dict[str, Tensor]) -> None:
        for each in self._all:
            each.step_done(run, terms)

    def validated(self, run: Running, valid: dict[str, float]) -> None:
        for each in self._all:
            each.validated(run, valid)

    def ended(self, run: Running, result: FitResult) -> None:
        for each in self._all:
            each.ended(run, result)

    def _with_state(self) -> dict[str, HasState]:
        """Those that have a state, by their place and class."""
        return {
            f"{place} {type(each).__name__}": cast(HasState, each)
            for place, each in enumerate(self._all)
            if hasattr(each, "state_dict") and hasattr(each, "load_state_dict")
        }

    def state_dict(self) -> dict[str, Any]:
        """The states of those that have one."""
        return {name: each.state_dict() for name, each in self._with_state().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from :meth:`state_dict`."""
        for name, each in self._with_state().items():
            each.load_state_dict(state[name])
