"""The weights of the best epoch so far."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models.recommender import Recommender
from pygmmrec.training.files.checkpoint import load_weights, write_weights
from pygmmrec.training.files.saved_ids import encode_ids


class BestWeights:
    """Keeps a model's weights aside, in a file where there is a folder for it, otherwise in memory.

    Args:
        path: The file, or ``None``.
        data: The graph, whose raw ids go into the file. (default: ``None``)
    """

    def __init__(self, path: Path | None, data: HeteroData | None = None) -> None:
        self.path = path
        self.data = data
        self._ids: dict[str, Tensor] | None = None  # encoded once
        self._weights: dict[str, Tensor] = {}

    def keep(self, model: Recommender) -> None:
        """Remember the weights of ``model`` as they are now."""
        if self.path is not None:
            if self._ids is None:
                self._ids = encode_ids(self.data, set(model.node_tables().values()))
            write_weights(model, self.path, self._ids)
        else:
            self._weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def restore(self, model: Recommender) -> None:
        """Put the kept weights into ``model``."""
        if self.path is not None:
            load_weights(model, self.path, self.data)
        else:
            model.load_state_dict(self._weights)
