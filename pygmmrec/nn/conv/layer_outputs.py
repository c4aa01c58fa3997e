"""All layers of propagation on the user-item graph, one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check, check_integer


class LayerOutputs(nn.Module):
    r"""Every layer of propagation on the user-item graph, for models that look at more than the mean which
    :class:`LightGCNPropagation` fuses (the step is that of `LightGCN <https://arxiv.org/abs/2002.02126>`_).

    .. math::
        E_u^{(l)} = f(B_l E_i^{(l - 1)}), \qquad E_i^{(l)} = f(A_l E_u^{(l - 1)})

    Args:
        num_layers: L, at least 0. (default: ``2``)

    Shapes:
        - **input:** user features [U, D]; item features [I, D]; graphs: pairs of :math:`A_l`, :class:`~.Adj`
          [I, U], and :math:`B_l`, [U, I], one for all layers or one for each; optionally ``then``, f, which
          makes of a layer [N, D] what the next one sees
        - **output:** L + 1 :class:`~pygmmrec.typing.Embeddings` of [U, D] and [I, D], the input ahead

    Raises:
        ValueError: If ``num_layers`` is negative, or there are other than one pair of graphs or L.
    """

    def __init__(self, num_layers: int = 2) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0)

    def forward(
        self,
        x_user: Tensor,
        x_item: Tensor,
        graphs: Sequence[tuple[Adj, Adj]],
        then: Callable[[Tensor], Tensor] | None = None,
    ) -> list[Embeddings]:
        fits = len(graphs) in (1, self.num_layers)
        check(fits, "graphs", f"one pair or {self.num_layers}", self, len(graphs))
        pairs = graphs if len(graphs) == self.num_layers else list(graphs) * self.num_layers
        layers = [Embeddings(x_user, x_item)]
        for to_item, to_user in pairs:
            user, item = layers[-1]
            user, item = spmm(to_user, item), spmm(to_item, user)  # [U, I] x [I, D], [I, U] x [U, D]
            if then is not None:
                user, item = then(user), then(item)
            layers.append(Embeddings(user, item))
        return layers

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_layers={self.num_layers})"


def mean_of_layers(layers: Sequence[Embeddings]) -> Embeddings:
    """The mean of some layers, [U, D] and [I, D]."""
    users, items = zip(*layers, strict=True)
    return Embeddings(torch.stack(users).mean(dim=0), torch.stack(items).mean(dim=0))


def sum_of_layers(layers: Sequence[Embeddings]) -> Embeddings:
    """The sum of some layers, [U, D] and [I, D]."""
    users, items = zip(*layers, strict=True)
    return Embeddings(torch.stack(users).sum(dim=0), torch.stack(items).sum(dim=0))
