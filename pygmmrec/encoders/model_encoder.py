"""An encoder by a pretrained model."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize as unit

from pygmmrec.encoders.encoder import Encoder
from pygmmrec.encoders.revision import weights_digest
from pygmmrec.encoders.source import Source, commit_of
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.utils.check import check_flag


class ModelEncoder(Encoder):
    """What encoders of texts and of images share: a model that is loaded once, pooling and normalisation.

    Args:
        model: A name on the hub, a folder or a loaded model.
        pooling: How the vectors of the parts become one; ``None``, as the model does.
        normalize: Whether to give each vector the length 1.
        revision: Branch, tag or commit on the hub.

    Raises:
        ValueError: If a local folder is not there, or a pooling or revision is asked of a loaded model.
    """

    def __init__(self, model: Any, *, pooling: str | None, normalize: bool, revision: str | None) -> None:
        self.source = Source(model, revision, {"pooling": pooling}, self)
        self.pooling = pooling
        self.normalize = check_flag(normalize, "normalize", self)
        self.module: Any = self.source.loaded

    @property
    def model(self) -> str:
        """The name of the model, or its folder or class."""
        return self.source.name

    @property
    def revision(self) -> str | None:
        """What was asked for, or a digest of a folder or of loaded weights."""
        return self.source.revision

    def settings(self) -> dict[str, Any]:
        """Pooling and normalisation, as asked."""
        return {"pooling": self.pooling, "normalize": self.normalize}

    def load(self, device: torch.device) -> str:
        """Load the model if it is not, and move it there."""
        if self.module is None:
            self.module = self.open_model()
        self.module.to(device)
        return super().load(device)

    def found(self) -> dict[str, Any]:
        """The commit and the weights of the loaded model."""
        return {"commit": commit_of(self.module), "weights": weights_digest(self.module)}

    def embed(self, prepared: Any) -> Tensor | None:
        """A vector for each value, [b, F]."""
        with eval_mode(self.module):
            rows = self.vectors(prepared).float()
        return unit(rows, dim=-1) if self.normalize else rows

    @abstractmethod
    def open_model(self) -> Any:
        """The model of :attr:`source`, on the CPU."""

    @abstractmethod
    def vectors(self, prepared: Any) -> Tensor:
        """What the model makes of a prepared batch, [b, F]."""
