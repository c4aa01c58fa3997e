"""Layers: everything with parameters or a gradient."""

from pygmmrec.nn.conv import (
    DotAttentionConv,
    ItemGraphConv,
    LatentItemGraph,
    LightGCNPropagation,
    MMGCNConv,
    MMGCNPropagation,
    MultimodalItemGraph,
    NeighbourhoodRouting,
    RefinedItemGraph,
    SelfLoopPropagation,
)
from pygmmrec.nn.feature import (
    DREAM,
    RCA,
    MultiScale,
    Purify,
    Reduce,
    ScalarAttention,
    SqueezeAttention,
    UserProfile,
)
from pygmmrec.nn.fusion import CommonPrivate, EdgeConfidence, Fuse, MultiView

__all__ = [
    "DREAM",
    "RCA",
    "CommonPrivate",
    "DotAttentionConv",
    "EdgeConfidence",
    "Fuse",
    "ItemGraphConv",
    "LatentItemGraph",
    "LightGCNPropagation",
    "MMGCNConv",
    "MMGCNPropagation",
    "MultiScale",
    "MultiView",
    "MultimodalItemGraph",
    "NeighbourhoodRouting",
    "Purify",
    "Reduce",
    "RefinedItemGraph",
    "ScalarAttention",
    "SelfLoopPropagation",
    "SqueezeAttention",
    "UserProfile",
]
