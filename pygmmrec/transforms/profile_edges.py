"""A copy of the training edges for user profiles."""

from torch_geometric.data import HeteroData

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import PROFILES, REV_INTERACTS


class ProfileEdges(GraphTransform):
    """Keep all training edges from items to users as the edge type ``('item', 'profiles', 'user')``.

    A user's modality profile gathers all items of the user, also in an epoch whose collaborative graph is
    thinned out by :class:`AdaptiveDropEdge`: epoch transforms leave this edge type alone.
    """

    def forward(self, data: HeteroData) -> HeteroData:
        rewire(data[PROFILES], edge_index=data[REV_INTERACTS].edge_index)
        return data
