"""The search of one model: what it chooses from, where it starts, what it costs, where its trials are."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from pygmmrec.experiment.settings.budget import Budget
from pygmmrec.experiment.settings.contender import Contender
from pygmmrec.experiment.settings.protocol import Protocol
from pygmmrec.experiment.settings.space import Space
from pygmmrec.experiment.trials.pruning import Pruner, pruner_name
from pygmmrec.experiment.trials.sampler import Sampler, sampler_name
from pygmmrec.experiment.trials.storage import Storage
from pygmmrec.utils.check import check

SEED = 0
"""Seed of all trials; that of no table."""


@dataclass(frozen=True)
class Search:
    """The search of one model under one protocol.

    Args:
        contender: The model, where it starts (the first trial is that preset as it is), and its space.
        protocol: What the model is asked.
        num_trials: Trials that count, of all processes and machines together.
        storage: Where they are kept.
        budget: What each may cost.
        sampler: Who proposes them.
        device: Where they run.
        pruner: Who ends a trial early. (default: ``none``)
        data: What the graph is, see :func:`~pygmmrec.graph.fingerprint.fingerprint`.
    """

    contender: Contender
    protocol: Protocol
    num_trials: int
    storage: Storage
    budget: Budget = field(default_factory=Budget)
    sampler: Sampler = "tpe"
    device: str = "auto"
    data: str = ""
    pruner: Pruner = "none"

    def __post_init__(self) -> None:
        check(self.num_trials >= 1, "trials", "at least 1", self, self.num_trials)
        check(self.contender.space is not None, "space", "given", self, self.contender.space)

    @property
    def name(self) -> str:
        """Names the study."""
        return f"{self.contender.name} on {self.protocol.full_name}"

    @property
    def space(self) -> Space:
        """What may be chosen."""
        return self.contender.space or Space()

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides what is tried and what comes out, as JSON knows it."""
        choices = {name: str(choice) for name, choice in self.space.choices.items()}
        said = {
            "model": self.contender.name,
            "protocol": self.protocol.full_name,
            "data": self.data,
            "space": choices | dict(self.space.same),
            "preset": self.contender.preset,
            "budget": asdict(self.budget),
            "sampler": sampler_name(self.sampler),
            **({} if self.pruner == "none" else {"pruner": pruner_name(self.pruner)}),
        }
        plain: dict[str, Any] = json.loads(json.dumps(said))
        return plain
