"""The weights of the best epoch so far."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from pygmmrec.models.recommender import Recommender
from pygmmrec.training.checkpoint import load_weights, save_weights


class BestWeights:
    """Keeps a model's weights aside, in a file where there is a folder for it, otherwise in memory.

    Args:
        path: The file, or ``None``.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._weights: dict[str, Tensor] = {}

    def keep(self, model: Recommender) -> None:
        """Remember the weights of ``model`` as they are now."""
        if self.path is not None:
            save_weights(model, self.path)
        else:
            self._weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def restore(self, model: Recommender) -> None:
        """Put the kept weights into ``model``."""
        if self.path is not None:
            load_weights(model, self.path)
        else:
            model.load_state_dict(self._weights)
