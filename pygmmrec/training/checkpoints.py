"""Weights of several epochs, each in a file of its own."""

from __future__ import annotations

from pathlib import Path

from torch_geometric.data import HeteroData

from pygmmrec.models.recommender import Recommender
from pygmmrec.parallel.team import Team
from pygmmrec.training.files.best_weights import BestWeights

CHECKPOINTS = "checkpoints"
"""Folder beside the weights of the best epoch."""


class Checkpoints:
    """Keeps weights as ``epoch-0010.safetensors``, which :func:`~pygmmrec.training.load_weights` reads.

    Args:
        path: The folder; made when there is something to keep.
        data: The graph, whose raw ids go into the files.
        team: The processes of the run, of which the first writes. (default: this one)
    """

    def __init__(self, path: Path, data: HeteroData, team: Team | None = None) -> None:
        self._path, self._data = path, data
        self._team = Team() if team is None else team

    def clear(self) -> None:
        """Those of an earlier run make way."""
        for each in self._path.glob("epoch-*.safetensors") if self._team.is_first else ():
            each.unlink()

    def keep(self, model: Recommender, run: str, epoch: int) -> None:
        """Write the weights of an epoch. Args: as in :meth:`BestWeights.keep`."""
        if self._team.is_first:
            self._path.mkdir(exist_ok=True)
        BestWeights(self._path / f"epoch-{epoch:04d}.safetensors", self._data, self._team).keep(
            model, run, epoch
        )
