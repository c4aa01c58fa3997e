"""Embeddings of users whom a model never saw, from their items, without training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.normalize import Norm
from pygmmrec.models import Recommender
from pygmmrec.models.closed import ClosedForm
from pygmmrec.models.node_tables import Rule
from pygmmrec.serving.extend import extend, own_transforms
from pygmmrec.serving.inputs import refreshed
from pygmmrec.serving.one_way import can_follow, one_way
from pygmmrec.transforms import BipartiteNorm
from pygmmrec.typing import INTERACTS, Embeddings
from pygmmrec.utils.check import check

TOLERANCE = 1e-4
"""How far a sum of items may be from what the model computes, relative to the longest row."""


class FoldIn:
    r"""What a model makes of new users.

    They come into the graph as nodes that receive messages from their items and send none, see
    :func:`~pygmmrec.serving.one_way.one_way`, with a row of their own by ``rule``; the model does the rest.
    Items and other users keep the embeddings that they have. There are four ways, and ``way`` says
    which:

    - ``sum``: :math:`e_u = b + \frac{1}{\sqrt{|N_u|}} \sum_{i \in N_u} c_i`, where the model is linear in the
      messages to a user, as LightGCN, FREEDOM and CRANE are. The :math:`c_i` are computed once, by a forward
      pass with a user for each item; this is compared with the model itself before it is used. A call costs
      the rows of the items.
    - ``forward``: a forward pass of the model for each call, whatever the model does.
    - ``fitted``: a closed form says what users with these items are, as of those that it was fitted to.
    - ``whole``: the graph is prepared again with these users, for each call, where the preparation joins
      users to users or words: DualGNN and DGVAE. Then they send as well as receive, and those of a call see
      each other.

    Args:
        model: The model.
        data: Its graph, prepared.
        rule: The users' own rows: ``zero``, or ``mean`` of those that the model has.
        prepare: Arguments of the model's ``prepare`` with which the graph was prepared, where the way is
            ``whole``. (default: its own)

    Raises:
        ValueError: If the model makes nothing of a user's items, as BPRMF and VBPR do.
    """

    def __init__(
        self,
        model: Recommender,
        data: HeteroData,
        rule: Rule = "zero",
        prepare: Mapping[str, Any] | None = None,
    ) -> None:
        self.model, self.rule, self.prepare = model, rule, prepare
        self._share: Tensor | None = None  # [I, D]
        self._base: Tensor | None = None
        self._data = data
        if isinstance(model, ClosedForm):
            self.way = "fitted"
            return
        transforms = own_transforms(model, {} if prepare is None else prepare)
        self._norm: Norm = next((each.norm for each in transforms if isinstance(each, BipartiteNorm)), "none")
        self._follows = can_follow(transforms)
        self._data = refreshed(model, data) if self._follows else data
        if self._follows and self._norm == "sym":
            self._learn_sum()
        self.way = "whole" if not self._follows else "forward" if self._share is None else "sum"

    def __call__(self, items: Sequence[Tensor]) -> Embeddings:
        """Embeddings of users with these items, and of all items for them.

        Args:
            items: Indices of each user's items, each at most once.

        Shapes:
            items [n] each -> [B, D], [I, D]
        """
        device = self._data[INTERACTS].edge_index.device
        sizes = torch.tensor([len(each) for each in items], dtype=torch.int64)
        row = torch.repeat_interleave(sizes).to(device)  # [n]
        item = torch.cat([*items, torch.empty(0, dtype=torch.int64)]).to(device)
        if isinstance(self.model, ClosedForm):
            with eval_mode(self.model):
                history = Adj.from_edge_index(
                    torch.stack([item, row]), size=(self.model.num_items, len(items))
                )
                return self.model.fold_in(self._data, history)
        if self._share is None or self._base is None:
            return self._forward(row, item, len(items))
        return Embeddings(self._summed(row, item, sizes.to(device)), self._items)

    def _forward(self, row: Tensor, item: Tensor, num_new: int) -> Embeddings:
        num_users, num_items = self._data["user"].num_nodes, self._data["item"].num_nodes
        if self._follows:
            graph = one_way(self._data, row, item, num_new, self._norm)
            before = {"user": range(num_users), "item": range(num_items)}
            model = self.model.grow(before, {**before, "user": range(num_users + num_new)}, rule=self.rule)
        else:
            pairs = torch.stack([row + num_users, item])
            model, graph = extend(
                self.model, self._data, pairs, num_new, rule=self.rule, prepare=self.prepare
            )
        with eval_mode(model):
            out = model(graph)
        return Embeddings(out.user[num_users:], out.item)

    def _learn_sum(self) -> None:
        """Find what each item adds to a user, and keep it if sums of it are what the model computes."""
        num_items = self._data["item"].num_nodes
        each = torch.arange(num_items, device=self._data[INTERACTS].edge_index.device)
        out = self._forward(each, each, num_items + 1)  # the last user has no items
        self._items, self._base = out.item, out.user[-1]
        self._share = out.user[:-1] - self._base
        name = type(self.model).__name__
        learns = bool((self._share != 0).any())
        check(learns, "model", "one that makes users of their items", "recommend_for", name, "Train it again")
        drawn = torch.Generator().manual_seed(0)
        sizes_of = (2, 7, 30)
        lists = [torch.randperm(num_items, generator=drawn)[:size].sort().values for size in sizes_of]
        summed = self(lists).user
        sizes = torch.tensor([len(items) for items in lists])
        row = torch.repeat_interleave(sizes).to(each.device)
        told = self._forward(row, torch.cat(lists).to(each.device), len(lists)).user
        if not (summed - told).abs().max() <= TOLERANCE * told.abs().max():
            self._share = None

    def _summed(self, row: Tensor, item: Tensor, sizes: Tensor) -> Tensor:
        assert self._share is not None
        assert self._base is not None
        total = self._share.new_zeros(len(sizes), self._share.size(1))
        total.index_add_(0, row, self._share[item])
        return self._base + total / sizes.clamp(min=1).to(total).sqrt().unsqueeze(1)
