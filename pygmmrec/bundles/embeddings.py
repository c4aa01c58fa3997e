"""What a model's forward pass gave, kept beside its weights, so that nobody waits for it again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file

from pygmmrec.bundles.tensors import load_tensors
from pygmmrec.typing import Embeddings
from pygmmrec.utils.files import replacing

EMBEDDINGS = "embeddings.safetensors"
MADE_FROM = "made_from"


def made_from(config: dict[str, Any], files: dict[str, dict[str, Any]]) -> str:
    """A digest of all that embeddings follow from.

    Args:
        config: Arguments of the model, as the bundle says them.
        files: Digests of the weights and of the graph, by name; that of embeddings does not count.
    """
    told = {name: each.get("sha256") for name, each in files.items() if name != EMBEDDINGS}
    return hashlib.sha256(json.dumps([config, told], sort_keys=True).encode()).hexdigest()


def save_embeddings(folder: Path, out: Embeddings, digest: str) -> Path:
    """Write embeddings of all users and items, and what :func:`made_from` says of them.

    Shapes:
        out.user [U, D], out.item [I, D]

    Returns:
        The file.
    """
    tensors = {name: value.detach().cpu().clone() for name, value in out._asdict().items()}
    with replacing(folder / EMBEDDINGS) as temporary:
        save_file(
            {name: value.contiguous() for name, value in tensors.items()}, temporary, {MADE_FROM: digest}
        )
    return folder / EMBEDDINGS


def load_embeddings(folder: Path, digest: str) -> Embeddings | None:
    """What :func:`save_embeddings` wrote; ``None`` if it is not there, or of other weights or another graph.

    Raises:
        ValueError: If the file is damaged.
    """
    path = folder / EMBEDDINGS
    if not path.is_file():
        return None
    tensors = load_tensors(path, "load")
    with safe_open(path, framework="pt") as file:
        told = file.metadata() or {}
    fits = told.get(MADE_FROM) == digest and set(tensors) == set(Embeddings._fields)
    return Embeddings(**tensors) if fits else None
