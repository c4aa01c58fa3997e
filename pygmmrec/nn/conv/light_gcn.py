"""LightGCN propagation on the user-item graph, the whole stack fused."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch_geometric.nn.inits import glorot

from pygmmrec.kernels.rows.rows import place, rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.bipartite import square, stack, unstack
from pygmmrec.kernels.sparse.spmm import AdjLike, as_adj, multiply_add, rows_pay, spmm, spread
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check_integer


class LightGCNPropagation(nn.Module):
    r"""Mean of the first L + 1 powers of the user-item graph (`LightGCN
    <https://arxiv.org/abs/2002.02126>`_).

    .. math::
        E = \frac{1}{L + 1} \sum_{l=0}^{L} \hat{A}^l E^{(0)}, \qquad
        \hat{A} = \begin{pmatrix} 0 & \hat{R} \\ \hat{R}^\top & 0 \end{pmatrix}

    Users and items stay two tensors, and :math:`\hat{A}` is never assembled. A polynomial of a symmetric
    matrix is symmetric, so the backward pass is the forward pass of the gradient: by Horner's rule, with no
    intermediate layer stored.

    With ``channels`` each layer multiplies by a trainable matrix, :math:`E^{(l+1)} = \hat{A} E^{(l)} W^{(l)}`
    (eq. 3 and 4 of CRANE, `arXiv 2601.11151 <https://arxiv.org/abs/2601.11151>`_), and layers are taken one
    at a time. So they are where the weights of the graph ask for a gradient, which they then get.

    Args:
        num_layers: L, at least 0. (default: ``2``)
        channels: D, where layers have a weight; ``None`` for LightGCN's bare propagation. (default: ``None``)

    Shapes:
        - **input:** user features [U, D]; item features [I, D]; graph: :class:`~.Adj`
          [I, U] (``data['user', 'interacts', 'item'].matrix``), or anything that
          :func:`~.as_adj` reads, with weights from ``BipartiteNorm``; optionally ``at``,
          the users [B] and items [B'] that a batch needs, of which some may repeat: where
          :func:`~.rows_pay`, the last layer then costs no more than their edges
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, D] and [I, D], or of [B, D] and [B', D]

    Raises:
        ValueError: If ``num_layers`` is negative, or the graph does not fit the features.
    """

    def __init__(self, num_layers: int = 2, *, channels: int | None = None) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0)
        if channels is not None:
            channels = check_integer(channels, "channels", self, at_least=1)
        self.channels = channels
        self.weight = None
        if channels is not None:
            self.weight = nn.Parameter(torch.empty(num_layers, channels, channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the layer weights, if there are any, from Glorot's uniform distribution."""
        if self.weight is not None:
            glorot(self.weight)

    def forward(
        self,
        x_user: Tensor,
        x_item: Tensor,
        adj: AdjLike,
        edge_weight: Tensor | None = None,
        at: Embeddings | None = None,
    ) -> Embeddings:
        to_item = as_adj(adj, edge_weight, size=(x_user.size(0), x_item.size(0)))
        if self.weight is not None or to_item.value.requires_grad:
            out = self._layer_by_layer(x_user, x_item, to_item)
        elif at is not None and self.num_layers > 0 and rows_pay(to_item, x_item):
            return self._at(x_user, x_item, to_item, at)
        else:
            out = Embeddings(*_MeanOfPowers.apply(x_user, x_item, to_item, self.num_layers))  # type: ignore[no-untyped-call]
        return out if at is None else Embeddings(rows(out.user, at.user), rows(out.item, at.item))

    def _at(self, x_user: Tensor, x_item: Tensor, to_item: Adj, at: Embeddings) -> Embeddings:
        (user, of_user), (item, of_item) = (index.unique(return_inverse=True) for index in at)
        e_user, e_item = _MeanOfPowersAt.apply(x_user, x_item, to_item, self.num_layers, user, item)  # type: ignore[no-untyped-call]
        return Embeddings(rows(e_user, of_user), rows(e_item, of_item))

    def _layer_by_layer(self, x_user: Tensor, x_item: Tensor, to_item: Adj) -> Embeddings:
        to_user = to_item.t()
        users, items = [x_user], [x_item]
        for layer in range(self.num_layers):
            user, item = users[-1], items[-1]
            if self.weight is not None:
                user, item = user @ self.weight[layer], item @ self.weight[layer]  # [., D] x [D, D]
            users.append(spmm(to_user, item))
            items.append(spmm(to_item, user))
        return Embeddings(torch.stack(users).mean(dim=0), torch.stack(items).mean(dim=0))

    def __repr__(self) -> str:
        channels = "" if self.channels is None else f", channels={self.channels}"
        return f"{type(self).__name__}(num_layers={self.num_layers}{channels})"


def light_gcn_ref(x_user: Tensor, x_item: Tensor, adj: Adj, num_layers: int) -> Embeddings:
    """What :class:`LightGCNPropagation` computes, as one square COO matrix, layer by layer, with autograd."""
    num_users, num_items = x_user.size(0), x_item.size(0)
    edges = square(torch.stack([adj.col, adj.row]), num_users)  # [2, 2 E]
    size = (num_users + num_items, num_users + num_items)
    matrix = torch.sparse_coo_tensor(edges, adj.value.repeat(2), size).coalesce()
    layers = [stack(x_user, x_item)]
    for _ in range(num_layers):
        layers.append(torch.sparse.mm(matrix, layers[-1]))
    return unstack(torch.stack(layers).mean(dim=0), num_users)


class _MeanOfPowers(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x_user: Tensor, x_item: Tensor, adj: Adj, num_layers: int) -> tuple[Tensor, Tensor]:
        ctx.adj, ctx.num_layers = adj.to(x_user.dtype), num_layers
        return _horner(x_user, x_item, ctx.adj, num_layers, num_layers + 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_user: Tensor, grad_item: Tensor) -> tuple[Tensor, Tensor, None, None]:
        return *_horner(grad_user, grad_item, ctx.adj, ctx.num_layers, ctx.num_layers + 1), None, None


class _MeanOfPowersAt(torch.autograd.Function):
    """Some rows of the mean of powers: only they need the last layer, and only they pass a gradient back."""

    @staticmethod
    def forward(
        ctx: Any, x_user: Tensor, x_item: Tensor, adj: Adj, num_layers: int, at_user: Tensor, at_item: Tensor
    ) -> tuple[Tensor, Tensor]:
        to_item = ctx.adj = adj.to(x_user.dtype)
        ctx.num_layers, ctx.at = num_layers, (at_user, at_item)
        user, item = _horner(x_user, x_item, to_item, num_layers - 1)
        return (
            multiply_add(to_item.t(), item, x_user, divisor=num_layers + 1, index=at_user),
            multiply_add(to_item, user, x_item, divisor=num_layers + 1, index=at_item),
        )

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_user: Tensor, grad_item: Tensor) -> tuple[Tensor | None, ...]:
        to_item, (at_user, at_item) = ctx.adj, ctx.at
        divisor = 1 if ctx.num_layers > 1 else 2
        user = spread(to_item, grad_item, at_item, grad_user, at_user, divisor=divisor)
        item = spread(to_item.t(), grad_user, at_user, grad_item, at_item, divisor=divisor)
        if ctx.num_layers > 1:
            base = place(grad_user, at_user, user.size(0)), place(grad_item, at_item, item.size(0))
            user, item = _horner(*base, to_item, ctx.num_layers - 1, ctx.num_layers + 1, start=(user, item))
        return user, item, None, None, None, None


def _horner(
    x_user: Tensor,
    x_item: Tensor,
    to_item: Adj,
    num_layers: int,
    divisor: int = 1,
    start: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Horner's rule: x + A (x + A (x + …)), divided in the last product; innermost is x, or another start."""
    to_user = to_item.t()
    user, item = start or (x_user, x_item)
    for layer in range(num_layers):
        last = divisor if layer == num_layers - 1 else 1
        user, item = (
            multiply_add(to_user, item, x_user, divisor=last),
            multiply_add(to_item, user, x_item, divisor=last),
        )
    return user, item
