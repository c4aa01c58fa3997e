"""Propagation on a hypergraph whose incidence is soft and dense."""

from __future__ import annotations

from torch import Tensor, nn

from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check_integer, check_probability


class HypergraphPropagation(nn.Module):
    r"""Items meet in hyperedges, and users read what came together there (LGMRec, `arXiv 2312.16400
    <https://arxiv.org/abs/2312.16400>`_):

    .. math::
        Q^{(l)} = H_i^\top E_i^{(l)}, \qquad E_i^{(l+1)} = H_i \, Q^{(l)}, \qquad
        E_u^{(l+1)} = H_u \, Q^{(l)}

    The last layer of users and items comes out. Two products with [I, K] stand for one with [I, I].

    Args:
        num_layers: L, at least 1. (default: ``1``)
        p: Fraction of the incidence that is dropped in training, anew for each product. (default: ``0``)

    Shapes:
        - **input:** item embedding [I, D]; incidence: :class:`~pygmmrec.typing.Embeddings` of [U, K] and
          [I, K], as :class:`~pygmmrec.nn.SoftIncidence` makes it
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, D] and [I, D]

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self, num_layers: int = 1, *, p: float = 0.0) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=1)
        self.p = check_probability(p, "p", self)
        self.drop = nn.Dropout(p)

    def forward(self, item: Tensor, incidence: Embeddings) -> Embeddings:
        of_user, of_item = incidence
        for _ in range(self.num_layers):
            hyperedge = self.drop(of_item).t() @ item  # [K, I] x [I, D] -> [K, D]
            item = self.drop(of_item) @ hyperedge  # [I, K] x [K, D] -> [I, D]
        return Embeddings(self.drop(of_user) @ hyperedge, item)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_layers={self.num_layers}, p={self.p})"
