"""What an encoder is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from pygmmrec.encoders.device import device_name
from pygmmrec.encoders.extras import versions_of
from pygmmrec.encoders.items import Items


class Encoder(ABC):
    """Turns raw values into rows of numbers. :func:`~pygmmrec.encoders.encode` drives it.

    The model is loaded when it is first needed, and stays loaded.
    """

    kind: ClassVar[str]
    """What it encodes, such as ``text``."""

    packages: ClassVar[tuple[str, ...]] = ()
    """The libraries it works with, beside torch and NumPy."""

    @property
    @abstractmethod
    def model(self) -> str:
        """The name of the model."""

    @property
    @abstractmethod
    def revision(self) -> str | None:
        """Which version of the model was asked for; known before anything is loaded."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Each argument that changes the rows, as JSON has it; known before anything is loaded."""

    @abstractmethod
    def read(self, raw: Any, *, progress: bool) -> Items:
        """The raw values of all items, checked."""

    def load(self, device: torch.device) -> str:
        """Get ready to encode there.

        Returns:
            What the device is called.
        """
        return device_name(device)

    def found(self) -> dict[str, Any]:
        """How the loaded model encodes, as JSON has it."""
        return {}

    def versions(self) -> dict[str, str]:
        """The libraries at work, by name."""
        return versions_of(("pygmmrec", "torch", "numpy", *self.packages))

    def prepare(self, batch: list[Any]) -> Any:
        """What the model takes, made of a batch on the CPU while the batch before it is encoded."""
        return batch

    @abstractmethod
    def embed(self, prepared: Any) -> Tensor | np.ndarray | None:
        """A row for each value of a batch, [b, ...], NaN where that is not possible; ``None`` for no row."""

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.settings().items())
        return f"{type(self).__name__}({self.model!r}, {told})"
