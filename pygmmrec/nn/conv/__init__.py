"""Message passing: one propagation step (``XConv``) or a stack of them (``XPropagation``)."""

from pygmmrec.nn.conv.item_graph import ItemGraphConv
from pygmmrec.nn.conv.latent_item_graph import LatentItemGraph
from pygmmrec.nn.conv.light_gcn import LightGCNPropagation
from pygmmrec.nn.conv.refined_item_graph import RefinedItemGraph

__all__ = ["ItemGraphConv", "LatentItemGraph", "LightGCNPropagation", "RefinedItemGraph"]
