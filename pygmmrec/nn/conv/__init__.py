"""Message passing: one propagation step (``XConv``) or a stack of them (``XPropagation``)."""

from pygmmrec.nn.conv.chosen_items import ChosenItems
from pygmmrec.nn.conv.dot_attention import DotAttentionConv
from pygmmrec.nn.conv.edge_dropout import EdgeDropout
from pygmmrec.nn.conv.extended_propagation import ExtendedPropagation
from pygmmrec.nn.conv.hypergraph import HypergraphPropagation
from pygmmrec.nn.conv.item_graph import ItemGraphConv
from pygmmrec.nn.conv.latent_item_graph import LatentItemGraph
from pygmmrec.nn.conv.layer_outputs import LayerOutputs
from pygmmrec.nn.conv.light_gcn import LightGCNPropagation
from pygmmrec.nn.conv.mm_gcn import MMGCNConv, MMGCNPropagation
from pygmmrec.nn.conv.modality_encoder import ModalityEncoder
from pygmmrec.nn.conv.neighbourhood_routing import NeighbourhoodRouting
from pygmmrec.nn.conv.one_sided_propagation import OneSidedPropagation
from pygmmrec.nn.conv.profile_propagation import ProfilePropagation
from pygmmrec.nn.conv.refined_propagation import RefinedPropagation
from pygmmrec.nn.conv.self_loop_conv import SelfLoopConv
from pygmmrec.nn.conv.self_loop_propagation import SelfLoopPropagation
from pygmmrec.nn.conv.soft_incidence import SoftIncidence
from pygmmrec.nn.conv.variational_encoder import VariationalEncoder

__all__ = [
    "ChosenItems",
    "DotAttentionConv",
    "EdgeDropout",
    "ExtendedPropagation",
    "HypergraphPropagation",
    "ItemGraphConv",
    "LatentItemGraph",
    "LayerOutputs",
    "LightGCNPropagation",
    "MMGCNConv",
    "MMGCNPropagation",
    "ModalityEncoder",
    "NeighbourhoodRouting",
    "OneSidedPropagation",
    "ProfilePropagation",
    "RefinedPropagation",
    "SelfLoopConv",
    "SelfLoopPropagation",
    "SoftIncidence",
    "VariationalEncoder",
]
