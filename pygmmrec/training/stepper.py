"""From the named terms of a loss to new weights."""

from __future__ import annotations

from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor

from pygmmrec.models.recommender import Recommender
from pygmmrec.parallel.tables import divide_moments
from pygmmrec.training.optimizer import Schedule, make_optimizer
from pygmmrec.training.options import Options
from pygmmrec.training.run_state import HasState
from pygmmrec.training.terms import mean_terms
from pygmmrec.utils.check import check

WHERE = "Run"


class Stepper:
    """The optimiser of a run, its schedule and clipping, and the loss terms of the epoch so far.

    Args:
        fabric: Where, and in which precision.
        model: The model, on its device.
        options: Those of the run.
    """

    def __init__(self, fabric: Fabric, model: Recommender, options: Options) -> None:
        of = options
        made = make_optimizer(model, of.optimizer, of.lr, of.weight_decay, of.param_groups)
        self.schedule = Schedule(of.scheduler, made)
        blind = self.schedule.watches and of.monitor is None
        check(not blind, "monitor", "a metric where 'scheduler' waits for one", WHERE, None)
        self.optimizer: Any = None
        """As Fabric wraps it; ``None`` where no weight is to be trained."""
        if made is not None:
            made.register_load_state_dict_post_hook(divide_moments)
            self._wrapped, self.optimizer = fabric.setup(model, made)
        self._fabric, self._clip_norm = fabric, of.clip_norm
        self._terms: list[dict[str, Tensor]] = []

    @property
    def parts(self) -> dict[str, HasState]:
        """What changes in training, by name."""
        return {} if self.optimizer is None else {"optimizer": self.optimizer, "scheduler": self.schedule}

    def backward(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """Add the gradient of the sum of the terms to that of the weights; the terms without gradient."""
        check(len(terms) > 0, "terms", "at least one term of the loss", WHERE, terms)
        self._fabric.backward(torch.stack(list(terms.values())).sum())
        detached = {name: value.detach() for name, value in terms.items()}
        self._terms.append(detached)
        return detached

    def step(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """One step of the optimiser on the sum of the terms, its gradient cut; the terms without gradient."""
        self.optimizer.zero_grad()
        detached = self.backward(terms)
        if self._clip_norm is not None:
            self._fabric.clip_gradients(self._wrapped, self.optimizer, max_norm=self._clip_norm)
        self.optimizer.step()
        return detached

    def end_epoch(self) -> dict[str, float]:
        """Mean of each term over the steps since the last call.

        Raises:
            ValueError: If there was none, and a weight is to be trained.
        """
        stepped = len(self._terms) > 0 or self.optimizer is None
        check(stepped, "validate", "called after at least one step", WHERE, "no step")
        loss = mean_terms(self._terms)
        self._terms.clear()
        return loss
