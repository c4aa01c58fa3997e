"""The suite as users meet it: a subclass in a file of tests, of a model that the library does not know."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, modalities, zero_missing
from pygmmrec.kernels.rows.rows import triplet_scores
from pygmmrec.losses import bpr_loss
from pygmmrec.models import Recommender
from pygmmrec.nn import LightGCNPropagation, NodeTable, Reduce
from pygmmrec.testing import RecommenderTests
from pygmmrec.testing.suite import Suite
from pygmmrec.typing import INTERACTS, Embeddings, Triplets


class Mine(Recommender):
    """LightGCN of free users, and of items that are a free embedding, a bias and projected features."""

    def __init__(
        self, num_users: int, num_items: int, modality_dims: Mapping[str, int], *, dim: int = 8
    ) -> None:
        super().__init__(num_users, num_items)
        self.modality_dims = dict(modality_dims)
        self.dim = dim
        self.user, self.item = NodeTable("user", num_users, dim), NodeTable("item", num_items, dim)
        self.bias = nn.Parameter(torch.empty(num_items, 1))
        self.project = Reduce(modality_dims, dim)
        self.propagate = LightGCNPropagation(2)
        self.reset_parameters()

    def node_tables(self) -> dict[str, str]:
        return {**super().node_tables(), "bias": "item"}

    def reset_parameters(self) -> None:
        for weight in (self.user.weight, self.item.weight, self.bias):
            nn.init.normal_(weight, std=0.1)
        self.project.reset_parameters()

    def forward(self, data: HeteroData) -> Embeddings:
        features = zero_missing(self.project(modalities(data)), availability(data)).values()
        item = torch.stack([self.item.weight + self.bias, *features]).sum(dim=0)
        return self.propagate(self.user.weight, item, self.adj(data, INTERACTS))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        return {"bpr": bpr_loss(*triplet_scores(*self(data), batch))}


class TestMine(RecommenderTests):
    model = Mine
    config = {"dim": 6}  # noqa: RUF012 - as users write it
    num_hops = 2


def test_no_part_of_the_suite_hides_a_test_of_another() -> None:
    parts = [part for part in RecommenderTests.__mro__[1:] if part not in (Suite, object)]
    names = [name for part in parts for name in vars(part) if name.startswith("test_")]
    assert len(parts) == 6
    assert len(set(names)) == len(names) > 25
