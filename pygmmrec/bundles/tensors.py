"""Tensors as one safetensors file, each stored once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save, save_file
from torch import Tensor

from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing


class Tensors:
    """Collects tensors for a file. One that comes again, as the same view of the same memory, is shared.

    What comes back from :func:`load_tensors` has the same values, shape and type, on the CPU and contiguous.
    """

    def __init__(self) -> None:
        self._tensors: dict[str, Tensor] = {}
        self._names: dict[Any, str] = {}

    def add(self, value: Tensor, name: str) -> str:
        """Take in a tensor.

        Args:
            value: The tensor.
            name: What it is called, in the file and in errors.

        Returns:
            The name under which it is in the file.

        Raises:
            ValueError: If a file cannot hold it: a sparse one, one of a subclass, or of a type that
                safetensors does not have.
        """
        _check_plain(value, name)
        view = (value.data_ptr(), value.dtype, tuple(value.shape), value.stride(), value.device)
        known = self._names.get(view) if value.numel() > 0 else None
        if known is None:
            known = name if name not in self._tensors else f"{name}#{len(self._tensors)}"
            self._names[view] = known
            self._tensors[known] = value
        return known

    def save(self, path: Path) -> None:
        """Write all of them; the file appears only once it is complete."""
        written: dict[str, Tensor] = {}
        memory: set[int] = set()
        for name, value in self._tensors.items():
            plain = value.detach().cpu().contiguous()
            where = plain.untyped_storage().data_ptr()
            written[name] = plain.clone() if where in memory else plain  # safetensors refuses shared memory
            memory.add(where)
        with replacing(path) as temporary:
            save_file(written, temporary)


def _check_plain(value: Tensor, name: str) -> None:
    try:
        save({"": value.detach()[..., :0].cpu()} if value.dim() > 0 else {"": value.detach().cpu()})
        fits = type(value) in (Tensor, torch.nn.Parameter)
    except Exception:  # whatever torch and safetensors raise for layouts and types that they do not know
        fits = False
    given = f"{type(value).__name__} of {value.dtype}, {value.layout}"
    check(fits, name, "a plain dense tensor of a type that safetensors has", "bundle", given)


def load_tensors(path: Path, where: str) -> dict[str, Tensor]:
    """What :class:`Tensors` saved, by name.

    Raises:
        ValueError: If the file is missing or no safetensors file.
    """
    check(path.is_file(), "path", "an existing file", where, str(path))
    try:
        # Copies, since the others are the file itself: they change when it is written to, and begin anywhere
        # in a line of the cache, so that products of them differ in the last bits.
        found: dict[str, Tensor] = {name: value.clone() for name, value in load_file(path).items()}
    except (SafetensorError, ValueError, KeyError, OSError) as error:
        told = f"'path' needs to be a complete safetensors file in '{where}' (got {str(path)!r}: {error})"
        raise ValueError(told) from error
    return found
