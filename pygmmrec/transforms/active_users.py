"""The users that are active enough to be studied."""

import torch
from torch_geometric.data import HeteroData

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.restrict_graph import restrict_graph
from pygmmrec.typing import INTERACTS, PREPARED, TEST, VALID
from pygmmrec.utils.check import check, check_integer


class ActiveUsers(GraphTransform):
    """Leave out users with fewer interactions, trained on and held out together, than some number.

    Items stay, also those that nobody has any more. It belongs before a split of one's own and before any
    transform that counts edges. The graph that it is given stays as it is.

    Args:
        min_interactions: Fewest interactions of a user that stays; CRANE's paper (`arXiv 2601.11151
            <https://arxiv.org/abs/2601.11151>`_) takes 4.

    Raises:
        ValueError: If ``min_interactions`` is smaller than one, or, when applied, no user has so many, or a
            model has prepared the graph.
    """

    def __init__(self, min_interactions: int) -> None:
        self.min_interactions = check_integer(min_interactions, "min_interactions", self, at_least=1)

    def forward(self, data: HeteroData) -> HeteroData:
        found, remedy = data.get(PREPARED), "Apply it before any model prepares the graph"
        check(found is None, "data", "a graph that no model prepared", self, found, remedy)
        store = data[INTERACTS]
        user = torch.cat([pairs[0] for pairs in (store.edge_index, store[VALID], store[TEST])])
        count = user.bincount(minlength=data["user"].num_nodes)  # [U]
        kept = (count >= self.min_interactions).nonzero().view(-1)
        most = int(count.max())
        check(kept.numel() > 0, "min_interactions", f"at most {most} here", self, self.min_interactions)
        return restrict_graph(data, {"user": kept})

    def __repr__(self) -> str:
        return f"{type(self).__name__}(min_interactions={self.min_interactions})"
