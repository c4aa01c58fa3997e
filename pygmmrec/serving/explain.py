"""What carries a score: which of a user's items, and which modality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pyarrow as pa
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models import Recommender
from pygmmrec.models.closed import ClosedForm
from pygmmrec.serving.inputs import BIASES, FEATURES, Input, carried, model_inputs
from pygmmrec.serving.nodes import Nodes
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check

TOLERANCE = 1e-5
"""How far the parts may be from the score, relative to the sum of their sizes."""


class Parts(NamedTuple):
    """A score as a sum.

    Args:
        table: A row for each part; the column ``score`` sums up to the score.
        exact: Whether nothing is left for the row ``rest``, within 1e-5 of the sizes of the others.
    """

    table: pa.Table
    exact: bool


class Explanation(NamedTuple):
    """What carries a score.

    Args:
        score: The score, as :meth:`Served.recommend` gives it.
        items: By what the user's embedding is made of. Column ``part`` says ``item`` for each of the user's
            training items, the largest first, and then ``other items``, ``user``, ``other users``, ``biases``
            of layers, and ``rest``. ``item`` and ``title`` say which.
        modalities: By what the item's embedding is made of: ``embeddings``, which are the rows of all users
            and items, ``biases``, each modality, and ``rest``.
    """

    score: float
    items: Parts
    modalities: Parts


def explain(
    model: Recommender, data: HeteroData, user: int, item: int, own: Tensor, items: Nodes
) -> Explanation:
    r"""Where a score comes from.

    With the item's embedding :math:`e_i` held fixed, node j carries
    :math:`\langle \partial s / \partial x_j, x_j \rangle` of :math:`s = e_u^\top e_i`, where :math:`x_j` is
    all that the model knows of j: its rows of weights, and an item's features. By Euler's theorem this sums
    up to s where :math:`e_u` is linear in x, as it is after propagation. Modalities are told apart in the
    same way, with :math:`e_u` held fixed. The graph is given, also where features have made it.

    Args:
        model: The model.
        data: Its graph.
        user: Index of the user.
        item: Index of the item.
        own: Indices of the user's training items.
        items: Names the items.

    Shapes:
        own [n]

    Raises:
        ValueError: If the model is a closed form, through which no gradient goes.
    """
    name, remedy = type(model).__name__, "No gradient goes through a closed form"
    check(not isinstance(model, ClosedForm), "model", "a trained one", "explain", name, remedy)
    graph, inputs = model_inputs(model, data)
    place = torch.tensor([user], device=own.device)
    with eval_mode(model), torch.enable_grad():
        out = model(graph)
        sides = (Embeddings(out.user, out.item.detach()), Embeddings(out.user.detach(), out.item))
        of_user, of_item = (model.score(side, place)[0, item] for side in sides)
        by_user, by_item = carried(of_user, inputs), carried(of_item, inputs)
    score = float(of_user.detach())
    return Explanation(
        score, _by_items(score, inputs, by_user, user, own, items), _by_modality(score, inputs, by_item)
    )


def _by_items(
    score: float, inputs: list[Input], shares: list[Tensor], user: int, own: Tensor, items: Nodes
) -> Parts:
    rows: dict[str, Tensor] = {}  # [N] by node type
    for each, share in zip(inputs, shares, strict=True):
        kind = "item" if each.of == FEATURES else each.of
        share = share.sum() if kind == BIASES else share  # layers are of several sizes
        rows[kind] = rows[kind] + share if kind in rows else share
    of_items = rows.pop("item", own.new_zeros(len(items), dtype=torch.float64))
    of_users = rows.pop("user", own.new_zeros(user + 1, dtype=torch.float64))
    best = of_items[own].sort(descending=True, stable=True)  # [n]
    parts = [("item", value) for value in best.values.tolist()]
    parts.append(("other items", float(of_items.sum() - best.values.sum())))
    parts.append(("user", float(of_users[user])))
    parts.append(("other users", float(of_users.sum() - of_users[user])))
    parts += [(f"other {kind}s", float(of.sum())) for kind, of in rows.items() if kind != BIASES]
    parts += [(BIASES, float(rows[BIASES]))] if BIASES in rows else []
    return _sum_of(score, parts, items.columns(own[best.indices], "item"))


def _by_modality(score: float, inputs: list[Input], shares: list[Tensor]) -> Parts:
    sums = [(each.of, each.name, float(share.sum())) for each, share in zip(inputs, shares, strict=True)]
    parts = [("embeddings", sum(value for of, _, value in sums if of not in (FEATURES, BIASES)))]
    parts.append((BIASES, sum(value for of, _, value in sums if of == BIASES)))
    parts += [(name, value) for of, name, value in sums if of == FEATURES]
    return _sum_of(score, parts, {})


def _sum_of(score: float, parts: Iterable[tuple[str, float]], first: Mapping[str, pa.Array]) -> Parts:
    """A table of parts, with what is left as its last row; the columns ``first`` are of the first rows."""
    names, values = map(list, zip(*parts, strict=True))
    rest = score - sum(values)
    empty = {key: pa.nulls(len(names) + 1 - len(array), array.type) for key, array in first.items()}
    labels = {key: pa.concat_arrays([array, empty[key]]) for key, array in first.items()}
    table = pa.table({"part": [*names, "rest"], **labels, "score": [*values, rest]})
    return Parts(table, abs(rest) <= TOLERANCE * sum(map(abs, values)))
