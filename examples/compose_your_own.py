"""A new model from the layers: LightGCN on top of features that a frozen item graph has smoothed.

python examples/compose_your_own.py --output runs/my-model
"""

import argparse
import logging
from collections.abc import Mapping

from torch import Tensor, nn
from torch_geometric import seed_everything
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.datasets import load_dataset
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models import Recommender
from pygmmrec.nn import ItemGraphConv, LightGCNPropagation, NodeTable, Reduce
from pygmmrec.training import fit
from pygmmrec.transforms import BipartiteNorm, FuseItemGraphs, ItemKNNGraph, ToAdj
from pygmmrec.typing import INTERACTS, Embeddings, Triplets, item_edge_type


class MyModel(Recommender):
    """Items are a free embedding plus projected features, smoothed over similar items, then propagated."""

    def __init__(
        self, num_users: int, num_items: int, modality_dims: Mapping[str, int], *, dim: int = 64
    ) -> None:
        super().__init__(num_users, num_items)
        self.modality_dims = dict(modality_dims)
        self.dim = dim
        self.user_embedding = NodeTable("user", num_users, dim)
        self.item_embedding = NodeTable("item", num_items, dim)
        self.project = Reduce(modality_dims, dim)
        self.smooth = ItemGraphConv(num_layers=1)
        self.propagate = LightGCNPropagation(num_layers=2)
        self.reset_parameters()

    @staticmethod
    def pre_transform() -> BaseTransform:
        return Compose([BipartiteNorm(), ItemKNNGraph(k=10), FuseItemGraphs(name="similar"), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.normal_(self.user_embedding.weight, std=0.1)
        nn.init.normal_(self.item_embedding.weight, std=0.1)
        self.project.reset_parameters()

    def forward(self, data: HeteroData) -> Embeddings:
        features = self.project(
            {name: data["item"][name] for name in self.modality_dims}
        )  # [I, F_m] -> [I, D]
        item = self.item_embedding.weight + sum(features.values())
        item = self.smooth(item, data[item_edge_type("similar")].matrix)
        return self.propagate(self.user_embedding.weight, item, data[INTERACTS].matrix)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out = self(data)
        user, pos, neg = rows(out.user, batch.user), rows(out.item, batch.pos), rows(out.item, batch.neg)
        return {
            "bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1)),
            "l2": 1e-3 * l2_loss(user, pos, neg),
        }


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--epochs", type=int, default=50)
parser.add_argument("--output", default="runs/my-model")
args = parser.parse_args()
logging.basicConfig(level=logging.INFO, format="%(message)s")
seed_everything(0)

data = MyModel.prepare(load_dataset("synthetic")[0])
result = fit(MyModel.from_data(data), data, epochs=args.epochs, output=args.output, dataset="synthetic")
print(result.table())
