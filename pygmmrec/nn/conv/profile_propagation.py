"""Features of items on the user-item graph, where users start as what they have."""

from __future__ import annotations

from torch import Tensor, nn

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.nn.feature.user_profile import UserProfile
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check_integer


class ProfilePropagation(nn.Module):
    r"""The modality graph of LGMRec (`arXiv 2312.16400 <https://arxiv.org/abs/2312.16400>`_): users start as
    the mean of their items, and only the last layer comes out.

    .. math::
        x_u^{(0)} = \frac{1}{|N_u|} \sum_{i \in N_u} x_i, \qquad
        [x_u; x_i]^{(l + 1)} = \hat{A} \, [x_u; x_i]^{(l)}

    Args:
        num_layers: L, at least 0. (default: ``2``)

    Shapes:
        - **input:** item features [I, D]; the items of each user, :class:`~.Adj` [U, I]
          with weights of one; the normalised graph to users [U, I] and to items [I, U]; optionally, which
          items have features, bool [I]: the mean is over these
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, D] and [I, D]

    Raises:
        ValueError: If ``num_layers`` is negative, or a graph does not fit.
    """

    def __init__(self, num_layers: int = 2) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0)
        self.profile = UserProfile("mean")

    def forward(
        self, item: Tensor, items: Adj, to_user: Adj, to_item: Adj, available: Tensor | None = None
    ) -> Embeddings:
        having = items if available is None else items.keep(available[items.col])
        user = self.profile(item, having)  # [I, D] -> [U, D]
        for _ in range(self.num_layers):
            user, item = spmm(to_user, item), spmm(to_item, user)
        return Embeddings(user, item)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_layers={self.num_layers})"
