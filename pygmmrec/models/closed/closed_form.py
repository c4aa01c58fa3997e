"""The contract of models that are fitted in one pass."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import NoReturn

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.dense_product import dense_product
from pygmmrec.kernels.sparse.select_rows import select_rows
from pygmmrec.kernels.sparse.sparse_tensors import columns_of, rows_of
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.models.node_tables import Rule
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import FittedTable
from pygmmrec.transforms import Prepare
from pygmmrec.typing import INTERACTS, Embeddings, Triplets


class ClosedForm(Recommender):
    """Base class of models that are fitted in one pass over the training edges, and never through a loss.

    A subclass holds what it fits in :class:`~pygmmrec.nn.FittedTable` and says how in :meth:`solve`; what a
    user is, of the items that it has, in :meth:`user_rows`, and what an item is in :meth:`item_rows`. Known
    users and new ones are told apart by nothing but their items. :func:`~pygmmrec.training.fit` calls
    :meth:`fit_closed` once, where it trains other models.

    Rows may be sparse: then users are CSR tensors [U, S], and items CSC tensors [I, S] or dense ones.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
    """

    fitted: Tensor

    def __init__(self, num_users: int, num_items: int) -> None:
        super().__init__(num_users, num_items)
        self.register_buffer("fitted", torch.zeros((), dtype=torch.bool))

    @classmethod
    def pre_transform(cls) -> BaseTransform:
        """Nothing but the stamp: a closed form reads the edges themselves."""
        return Prepare(cls.__name__, [])

    @torch.no_grad()
    def fit_closed(self, data: HeteroData) -> None:
        """Fit the model to the training edges of a graph.

        Raises:
            ValueError: If the graph is not one that :meth:`check_graph` takes.
        """
        self.check_graph(data)
        with torch.autocast(self.fitted.device.type, enabled=False):
            self.solve(data, self.history(data))
        self.fitted.fill_(True)

    @abstractmethod
    def solve(self, data: HeteroData, history: Adj) -> None:
        """Fill the tables.

        Args:
            data: The graph.
            history: Which users have which items, ones in the precision of the model, [U, I].
        """

    @abstractmethod
    def user_rows(self, data: HeteroData, items: Adj) -> Tensor:
        """What users are who have some items.

        Args:
            data: The graph that the model was fitted to, with its known users.
            items: The items of these users or of others, as ``history`` of :meth:`solve`, [B, I].

        Shapes:
            - **output:** [B, S]
        """

    @abstractmethod
    def item_rows(self, data: HeteroData) -> Tensor:
        """What items are, [I, S]; a score is the inner product with a user's row."""

    def history(self, data: HeteroData) -> Adj:
        """Which users have which items in training, ones in the precision of the model: [U, I]."""
        pairs = data[INTERACTS].edge_index.flip(0)
        ones = torch.ones(pairs.size(1), dtype=self.dtype, device=pairs.device)
        return Adj.from_edge_index(pairs, ones, size=(data["item"].num_nodes, data["user"].num_nodes))

    def forward(self, data: HeteroData) -> Embeddings:
        self.check_fitted()
        return Embeddings(self.user_rows(data, self.history(data)), self.item_rows(data))

    def fold_in(self, data: HeteroData, items: Adj) -> Embeddings:
        """The rows of new users who have some items, and those of all items.

        Args:
            data: The graph that the model was fitted to.
            items: Which of them has which items, [B, I].
        """
        self.check_fitted()
        return Embeddings(self.user_rows(data, items.to(self.dtype)), self.item_rows(data))

    def score(self, out: Embeddings, user_index: Tensor) -> Tensor:
        if out.user.layout == torch.strided:
            return super().score(out, user_index)
        users = select_rows(rows_of(out.user), user_index)  # [B, S]
        if out.item.layout == torch.strided:
            return spmm(users, out.item.t())
        return dense_product(users, columns_of(out.item))  # [B, S] x [S, I]

    def check_fitted(self) -> None:
        """Raise a :class:`ValueError` if nothing was fitted yet."""
        name = type(self).__name__
        if not self.fitted:
            raise ValueError(f"'model' needs to be fitted in '{name}'. Call fit(model, data) first")

    @property
    def dtype(self) -> torch.dtype:
        """The precision in which the model is fitted and scores."""
        return next(value.dtype for value in self.buffers() if value.is_floating_point())

    def reset_parameters(self) -> None:
        for table in self.fitted_tables().values():
            table.reset_parameters()
        self.fitted.fill_(False)

    def loss(self, data: HeteroData, batch: Triplets) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"{name} has no loss: fit(model, data) and fit_closed(data) fit it in one pass")

    def fitted_tables(self) -> dict[str, FittedTable]:
        """The tables that are fitted, by name."""
        return {name: module for name, module in self.named_modules() if isinstance(module, FittedTable)}

    def node_tables(self) -> dict[str, NodeType]:
        tables = self.fitted_tables().items()
        own = {f"{name}.{key}": table.node_type for name, table in tables for key, _ in table.named_buffers()}
        return {**super().node_tables(), **own}

    def _grown(
        self, drawn: Mapping[str, Tensor], known: Mapping[NodeType, Tensor], rule: Rule
    ) -> dict[str, Tensor]:
        return self.at_nodes(self.state_dict(), known)  # nothing is known of new nodes, whatever the rule

    def at_nodes(self, state: Mapping[str, Tensor], nodes: Mapping[NodeType, Tensor]) -> dict[str, Tensor]:
        out = super().at_nodes(state, {})
        for name, table in self.fitted_tables().items():
            if table.node_type in nodes:
                own = {key: state[f"{name}.{key}"] for key, _ in table.named_buffers()}
                places = nodes[table.node_type].to(next(iter(own.values())).device)
                out |= {f"{name}.{key}": value for key, value in table.at(own, places).items()}
        return out
