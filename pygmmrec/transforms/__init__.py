"""Graph recipes: from ``HeteroData`` to ``HeteroData``, without parameters."""

from pygmmrec.transforms.active_users import ActiveUsers
from pygmmrec.transforms.adaptive_drop_edge import AdaptiveDropEdge
from pygmmrec.transforms.behaviour_graph import BehaviourGraph
from pygmmrec.transforms.bipartite_norm import BipartiteNorm
from pygmmrec.transforms.cross_modal_graph import CrossModalGraph
from pygmmrec.transforms.degrees import Degrees
from pygmmrec.transforms.drop_edge import DropEdge
from pygmmrec.transforms.extended_graph import ExtendedGraph
from pygmmrec.transforms.fuse_item_graphs import FuseItemGraphs
from pygmmrec.transforms.fuse_user_graphs import FuseUserGraphs
from pygmmrec.transforms.item_co_graph import ItemCoGraph
from pygmmrec.transforms.item_knn_graph import ItemKNNGraph
from pygmmrec.transforms.item_words import ItemWords
from pygmmrec.transforms.lose_modality import LoseModality
from pygmmrec.transforms.low_rank_graph import LowRankGraph
from pygmmrec.transforms.pool_places import PoolPlaces
from pygmmrec.transforms.prepare import Prepare
from pygmmrec.transforms.principal_edges import PrincipalEdges
from pygmmrec.transforms.principal_graph import PrincipalGraph
from pygmmrec.transforms.profile_edges import ProfileEdges
from pygmmrec.transforms.restrict_graph import restrict_graph
from pygmmrec.transforms.scale_features import ScaleFeatures
from pygmmrec.transforms.self_loop_norm import SelfLoopNorm
from pygmmrec.transforms.take_turns import TakeTurns
from pygmmrec.transforms.to_adj import ToAdj
from pygmmrec.transforms.user_graph import UserGraph
from pygmmrec.transforms.user_knn_graph import UserKNNGraph
from pygmmrec.transforms.user_words import UserWords

__all__ = [
    "ActiveUsers",
    "AdaptiveDropEdge",
    "BehaviourGraph",
    "BipartiteNorm",
    "CrossModalGraph",
    "Degrees",
    "DropEdge",
    "ExtendedGraph",
    "FuseItemGraphs",
    "FuseUserGraphs",
    "ItemCoGraph",
    "ItemKNNGraph",
    "ItemWords",
    "LoseModality",
    "LowRankGraph",
    "PoolPlaces",
    "Prepare",
    "PrincipalEdges",
    "PrincipalGraph",
    "ProfileEdges",
    "ScaleFeatures",
    "SelfLoopNorm",
    "TakeTurns",
    "ToAdj",
    "UserGraph",
    "UserKNNGraph",
    "UserWords",
    "restrict_graph",
]
