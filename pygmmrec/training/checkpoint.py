"""Weights as safetensors, and the state from which an interrupted run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from pygmmrec.models.recommender import Recommender
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing


def save_weights(model: Recommender, path: str | Path) -> None:
    """Write a model's weights as safetensors, with its ``repr`` beside them.

    Args:
        model: The model.
        path: The file; replaced only once the new one is complete.
    """
    weights = {name: value.detach().contiguous().cpu() for name, value in model.state_dict().items()}
    with replacing(Path(path)) as temporary:
        save_file(weights, temporary, metadata={"model": repr(model)})


def load_weights(model: Recommender, path: str | Path) -> None:
    """Read weights that :func:`save_weights` wrote into a model built with the same arguments.

    Raises:
        ValueError: If the file is missing or no safetensors file, or is of a model with other arguments.
    """
    path = Path(path)
    check(path.is_file(), "path", "an existing file", "load_weights", str(path))
    try:
        with safe_open(path, framework="pt") as file:
            saved = (file.metadata() or {}).get("model")
            weights: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        check(False, "path", f"a complete safetensors file ({error})", "load_weights", str(path))
    same = saved == repr(model)
    check(same, "model", f"the one whose weights these are, {saved}", "load_weights", model)
    model.load_state_dict(weights)


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write the state of a run: tensors and plain values only."""
    with replacing(path) as temporary:
        torch.save(state, temporary)


def load_state(path: Path) -> dict[str, Any]:
    """Read what :func:`save_state` wrote; nothing else is ever unpickled.

    Raises:
        ValueError: If the file cannot be read as such.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = f"a complete state of a run ({type(error).__name__})"
        remedy = "Delete it to start anew"
        raise ValueError(
            f"'path' needs to be {reason} in 'load_state' (got {str(path)!r}). {remedy}"
        ) from error
    return state


def random_state() -> dict[str, Any]:
    """State of torch's global generators, on the CPU and on every CUDA device."""
    return {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all()}


def set_random_state(state: dict[str, Any]) -> None:
    """Put torch's global generators back to :func:`random_state`."""
    torch.set_rng_state(state["cpu"])
    if len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])
