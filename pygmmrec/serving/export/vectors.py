"""The vectors of users and items whose dot products are the scores of a model."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models import Recommender
from pygmmrec.serving.nodes import Nodes
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check

Precision = Literal["float32", "float16"]

SAMPLE = 64
"""Users whose scores are compared with dot products."""

TOLERANCE = 1e-4
"""How far the two may be apart, relative to the largest score of the sample."""


class Vectors(NamedTuple):
    """Vectors of users or items, with their raw ids.

    Args:
        kind: ``user`` or ``item``.
        columns: ``id``, and ``title`` where one is known, each [N].
        values: The vectors [N, D], float32 or float16.
    """

    kind: str
    columns: dict[str, pa.Array]
    values: np.ndarray


def vectors_of(
    model: Recommender, out: Embeddings, nodes: tuple[Nodes, Nodes], dtype: Precision
) -> tuple[Vectors, Vectors]:
    """The vectors of a model: its users', and its items'.

    Args:
        model: The model, which says how it scores.
        out: Its embeddings.
        nodes: Its users and items.
        dtype: What numbers become.

    Shapes:
        out [U, D], [I, D]

    Raises:
        ValueError: If scores are no dot products, a number is not finite or too large for ``dtype``, or there
            is no such ``dtype``.
    """
    choices = get_args(Precision)
    check(dtype in choices, "dtype", f"one of {list(choices)}", "export", dtype)
    check_vectors(model, out, "export", "Write everybody's lists with export_lists")
    for name, side in zip(("user", "item"), out, strict=True):
        sound = bool(side.isfinite().all())
        check(sound, "model", f"one with finite vectors of {name}s", "export", "NaN or inf")
        largest, most = float(side.detach().abs().max()) if side.numel() else 0.0, float(np.finfo(dtype).max)
        remedy = "Export float32"
        check(largest <= most, "dtype", f"wide enough for {largest:g}", "export", dtype, remedy)
    _check_products(model, out)
    users, items = (
        Vectors(of.kind, _columns(of), np.ascontiguousarray(side.detach().cpu().numpy(), dtype=dtype))
        for of, side in zip(nodes, out, strict=True)
    )
    return users, items


def _columns(nodes: Nodes) -> dict[str, pa.Array]:
    return nodes.columns(torch.arange(len(nodes)), "id")


def check_vectors(model: Recommender, out: Embeddings, where: str, remedy: str) -> None:
    """Raise a :class:`ValueError` if users and items are sparse rows, as in closed forms, not vectors."""
    dense = all(side.layout == torch.strided for side in out)
    check(dense, "model", "one with a vector for each item", where, type(model).__name__, remedy)


def _check_products(model: Recommender, out: Embeddings) -> None:
    """Whether the scores of some users, spread over all, are the dot products of the vectors."""
    num_users = out.user.size(0)
    some = torch.arange(0, num_users, max(1, num_users // SAMPLE), device=out.user.device)[:SAMPLE]
    same = out.user.size(1) == out.item.size(1) and _agrees(model, out, some)
    remedy = "Export its lists instead: rec.export_lists(folder)"
    name = type(model).__name__
    check(same, "model", "one whose scores are dot products of its vectors", "export", name, remedy)


def _agrees(model: Recommender, out: Embeddings, users: Tensor) -> bool:
    with eval_mode(model):
        scores = model.score(out, users)  # [S, I]
    apart = (scores - out.user[users] @ out.item.t()).abs()
    return scores.numel() == 0 or not bool(apart.max() > TOLERANCE * scores.abs().max())
