"""Whatever a function makes of a batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from pygmmrec.encoders.encoder import Encoder
from pygmmrec.encoders.items import Items
from pygmmrec.encoders.objects import Objects
from pygmmrec.encoders.revision import code_digest, weights_digest
from pygmmrec.encoders.source import DIGEST
from pygmmrec.encoders.text_column import is_text
from pygmmrec.encoders.texts import Texts
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.utils.check import check


class FunctionEncoder(Encoder):
    """One row for each value, by a function of your own.

    Args:
        function: Takes a list of ``b`` values and returns an array or tensor of floats: vectors [b, F],
            tokens [b, L, F] or maps [b, F, H, W], and a row of NaN for a value that it cannot encode. It gets
            texts where all values are texts or a template joins them, else what was given, such as paths.
        template: How several columns become one text, as ``"{name}: {tags}"`` (default: ``None``).
        name: What the sidecar calls it (default: ``None``, its own name).
        revision: Says that it is another function now, where its code is the same, such as for new weights
            (default: ``None``, a digest of its code, or of the weights of a module).

    Raises:
        ValueError: If it cannot be called.
    """

    kind: ClassVar[str] = "function"

    def __init__(
        self,
        function: nn.Module | Callable[[list[Any]], Tensor | np.ndarray],
        *,
        template: str | None = None,
        name: str | None = None,
        revision: str | None = None,
    ) -> None:
        check(callable(function), "model", "a name, an encoder or a function", "encode", function)
        own = function if hasattr(function, "__qualname__") else type(function)
        self.function = function
        self.template = template
        self._name = name or f"{own.__module__}.{own.__qualname__}"
        self._revision = revision

    @property
    def model(self) -> str:
        """The name of the function."""
        return self._name

    @cached_property
    def revision(self) -> str | None:
        """What was given, or a digest of weights or code; ``None`` where there is nothing to see."""
        if self._revision is not None:
            return self._revision
        own = self.function
        found = weights_digest(own) if isinstance(own, nn.Module) else code_digest(own)
        return found and DIGEST + found

    def settings(self) -> dict[str, Any]:
        """The template."""
        return {"template": self.template}

    def read(self, raw: Any, *, progress: bool) -> Items:
        """The texts or the objects of all items."""
        if self.template is not None or is_text(raw):
            return Texts(raw, self.template)
        return Objects(raw, text_is_path=False, progress=progress)

    def load(self, device: torch.device) -> str:
        """Nothing: a function chooses its device."""
        return "chosen by the function"

    def embed(self, prepared: list[Any]) -> Tensor | np.ndarray:
        """What the function makes of them."""
        own = self.function
        with eval_mode(own) if isinstance(own, nn.Module) else torch.no_grad():
            rows: Tensor | np.ndarray = own(prepared)
        return rows
