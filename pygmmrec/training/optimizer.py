"""The optimiser of a model's weights, and the schedule of its learning rate."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from pygmmrec.models.closed.closed_form import ClosedForm
from pygmmrec.training.named import Named, resolve
from pygmmrec.utils.check import check, check_number

logger = logging.getLogger(__name__)

WHERE = "Run"

ParamGroups: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Name of a module or weight to the options of the optimiser that it has of its own."""


def make_optimizer(
    model: nn.Module, optimizer: Named, lr: float, weight_decay: float, param_groups: ParamGroups | None
) -> Optimizer | None:
    """The optimiser of all weights that are to be trained.

    Args:
        model: The model, on its device.
        optimizer: Its name in :mod:`torch.optim`, name and options, or what makes one of parameter groups. A
            named one is fused where torch can do that.
        lr: Learning rate.
        weight_decay: Factor of the decay.
        param_groups: Options of some modules or weights; where one is inside another, its own count.

    Returns:
        ``None`` where no weight is to be trained; with a warning, but for a closed form.

    Raises:
        ValueError: If an optimiser, a module or an option is unknown.
    """
    groups = _groups(model, {} if param_groups is None else param_groups, lr, weight_decay)
    make, options = resolve(optimizer, torch.optim, Optimizer, "optimizer", WHERE)
    if not groups:
        if not isinstance(model, ClosedForm):
            logger.warning("%s has no weight to train: it is scored as it is", type(model).__name__)
        return None
    if make is not optimizer and "fused" in inspect.signature(make).parameters:
        options = {"fused": True, **options}
    made = make(groups, **options)
    check(isinstance(made, Optimizer), "optimizer", "what makes a torch optimiser", WHERE, made)
    for group in made.param_groups:
        unknown = sorted(set(group) - set(made.defaults) - {"params"})
        check(not unknown, "param_groups", f"of options {sorted(made.defaults)}", WHERE, unknown)
    optimizer_made: Optimizer = made
    return optimizer_made


def _groups(model: nn.Module, own: ParamGroups, lr: float, weight_decay: float) -> list[dict[str, Any]]:
    """One group for each name, and one for all other weights; empty ones are left out."""
    names = [name for name, _ in model.named_parameters()]
    for name in own:
        some = any(_inside(weight, name) for weight in names)
        modules = sorted({weight.partition(".")[0] for weight in names})
        check(some, "param_groups", f"of modules or weights of the model, such as {modules}", WHERE, name)
    common = {"lr": lr, "weight_decay": weight_decay}
    groups: dict[str | None, dict[str, Any]] = {
        name: {"params": [], **common, **_checked(options)} for name, options in own.items()
    }
    groups[None] = {"params": [], **common}
    for weight, parameter in model.named_parameters():
        if parameter.requires_grad:
            owners = [name for name in own if _inside(weight, name)]
            groups[max(owners, key=len, default=None)]["params"].append(parameter)
    return [group for group in groups.values() if group["params"]]


def _inside(weight: str, module: str) -> bool:
    return weight == module or weight.startswith(f"{module}.")


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(options)
    check("params" not in checked, "param_groups", "without 'params'", WHERE, checked)
    if "lr" in checked:
        checked["lr"] = check_number(checked["lr"], "lr", "param_groups", at_least=0)
    if "weight_decay" in checked:
        checked["weight_decay"] = check_number(
            checked["weight_decay"], "weight_decay", "param_groups", at_least=0
        )
    return checked


class Schedule:
    """Moves the learning rate at the end of each epoch.

    Args:
        scheduler: Name of a class in :mod:`torch.optim.lr_scheduler`, with options; or what makes one of an
            optimiser. ``None`` leaves the learning rate as it is.
        optimizer: Whose.

    Raises:
        ValueError: If the scheduler is unknown, or waits for a metric to fall.
    """

    def __init__(self, scheduler: Named | None, optimizer: Optimizer | None) -> None:
        self._scheduler: LRScheduler | None = None
        if scheduler is None or optimizer is None:
            return
        make, options = resolve(scheduler, torch.optim.lr_scheduler, LRScheduler, "scheduler", WHERE)
        if make is ReduceLROnPlateau:
            options = {"mode": "max", **options}
        made = make(optimizer, **options)
        check(isinstance(made, LRScheduler), "scheduler", "what makes a torch scheduler", WHERE, made)
        rises = getattr(made, "mode", "max") == "max"
        check(rises, "scheduler", "one with mode='max', since metrics are to rise", WHERE, scheduler)
        self._scheduler = made

    @property
    def watches(self) -> bool:
        """Whether it waits for a metric, and does nothing in epochs that have none."""
        return isinstance(self._scheduler, ReduceLROnPlateau)

    def step(self, value: float | None) -> None:
        """An epoch is over.

        Args:
            value: The metric that chooses the epoch, if the epoch was validated.
        """
        if self._scheduler is None:
            return
        if not isinstance(self._scheduler, ReduceLROnPlateau):
            self._scheduler.step()
        elif value is not None:
            self._scheduler.step(value)

    def state_dict(self) -> dict[str, Any]:
        """All that changes."""
        return {} if self._scheduler is None else self._scheduler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from :meth:`state_dict`."""
        if self._scheduler is not None:
            self._scheduler.load_state_dict(state)
