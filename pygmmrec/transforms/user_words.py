"""Words of users: those of their items, the rare ones louder."""

from __future__ import annotations

import torch
from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.sparse_product import sparse_product
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, ITEM_WORDS, USER_WORDS
from pygmmrec.utils.check import check, check_integer, check_number


class UserWords(GraphTransform):
    r"""Describe each user by the words of its training items, weighted by tf-idf, as `DGVAE
    <https://arxiv.org/abs/2402.16110>`_ does.

    .. math::
        w_{us} = \frac{t_{us}}{\Vert t_u \Vert}, \qquad
        t_{us} = \sum_{i \in N_u} T_{is} \cdot \Big( 1 + \ln \frac{1 + U}{1 + d_s} \Big)

    :math:`T` holds the counts of :class:`ItemWords`, and :math:`d_s` is the number of users with the word. It
    sets the edge type ``('word', 'describes', 'user')``.

    Args:
        min_df: Least number of users with a word; paper: 5. (default: ``1``)
        max_df: Largest share of users with a word; paper: 0.6. (default: ``1``)

    Raises:
        ValueError: If an argument is out of range, or items have no words.
    """

    def __init__(self, min_df: int = 1, max_df: float = 1.0) -> None:
        self.min_df = check_integer(min_df, "min_df", self, at_least=1)
        self.max_df = check_number(max_df, "max_df", self, above=0, at_most=1)

    def forward(self, data: HeteroData) -> HeteroData:
        check(ITEM_WORDS in data.edge_types, "data", "a graph with words of items", self, data.edge_types,
              "Apply ItemWords first")  # fmt: skip
        num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
        store, num_words = data[ITEM_WORDS], data["word"].num_nodes
        words = Adj.from_edge_index(store.edge_index, store.edge_weight, size=(num_words, num_items))
        to_user = Adj.from_edge_index(data[INTERACTS].edge_index.flip(0), size=(num_items, num_users))
        count = sparse_product(to_user, words)  # [U, I] x [I, W] -> [U, W]
        users = torch.bincount(count.col, minlength=num_words)  # [W]
        idf = ((1 + num_users) / (1 + users.float())).log() + 1
        count = count.with_value(count.value * idf[count.col])
        count = count.keep(((users >= self.min_df) & (users <= self.max_df * num_users))[count.col])
        square = count.value.new_zeros(num_users).index_add(0, count.row, count.value.square())
        weight = count.value / square.sqrt()[count.row]
        rewire(data[USER_WORDS], edge_index=torch.stack([count.col, count.row]), edge_weight=weight)
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(min_df={self.min_df}, max_df={self.max_df})"
