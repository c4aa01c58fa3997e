"""Where a result comes from, as far as a run knows when it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch_geometric.data import HeteroData

from pygmmrec.evaluation import Counts
from pygmmrec.graph.summarize import summarize
from pygmmrec.models.recommender import Recommender
from pygmmrec.training.environment import environment
from pygmmrec.training.result import FitResult
from pygmmrec.training.run_state import History


@dataclass(frozen=True)
class Origin:
    """What a result says besides numbers; its fields are those of :class:`~pygmmrec.training.FitResult`.

    Args:
        model: Name of the class.
        model_config: Arguments of the model.
        num_parameters: Trained numbers of the model.
        seeds: Of training and of the weights.
        counts: What is scored, by split.
        data: What the graph is of.
        environment: Hardware, versions, commit and command.
    """

    model: str
    model_config: dict[str, Any]
    num_parameters: int
    seeds: dict[str, Any]
    counts: dict[str, dict[str, int]]
    data: dict[str, Any]
    environment: dict[str, Any]

    @classmethod
    def of(
        cls,
        model: Recommender,
        data: HeteroData,
        seed: int,
        counts: Mapping[str, Counts],
        device: torch.device,
    ) -> Origin:
        """That of a run which has not begun; weights are still as they were given."""
        return cls(
            model=type(model).__name__,
            model_config=dict(model.config),
            num_parameters=sum(parameter.numel() for parameter in model.parameters()),
            seeds={"training": seed, **model.weights_seed()},
            counts={split: count._asdict() for split, count in counts.items()},
            data=summarize(data).as_dict(),
            environment=environment(device),
        )

    def result(
        self,
        *,
        best_epoch: int,
        test: dict[str, float],
        training: dict[str, Any],
        history: History,
        peak_memory_mb: float | None,
        stopped: str,
    ) -> FitResult:
        """What the run has to show in the end; ``training`` are its options."""
        sampled = training["num_negatives"]
        return FitResult(
            model=self.model,
            dataset=training["dataset"],
            seed=training["seed"],
            best_epoch=best_epoch,
            epochs=len(history),
            valid=history[best_epoch - 1]["valid"],
            test=test,
            seconds_per_epoch=sum(entry["seconds"] for entry in history) / len(history),
            peak_memory_mb=peak_memory_mb,
            environment=self.environment,
            config={"model": self.model_config, "training": training},
            history=history,
            num_parameters=self.num_parameters,
            counts=self.counts,
            seeds=self.seeds,
            data=self.data,
            stopped=stopped,
            ranking=f"{sampled} sampled items" if sampled else "all items",
        )
