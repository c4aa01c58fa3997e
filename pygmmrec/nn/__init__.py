"""Layers: everything with parameters or a gradient."""

from pygmmrec.nn.conv import (
    ItemGraphConv,
    LatentItemGraph,
    LightGCNPropagation,
    MMGCNConv,
    MMGCNPropagation,
    MultimodalItemGraph,
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
from pygmmrec.nn.fusion import CommonPrivate, Fuse, MultiView

__all__ = [
    "DREAM",
    "RCA",
    "CommonPrivate",
    "Fuse",
    "ItemGraphConv",
    "LatentItemGraph",
    "LightGCNPropagation",
    "MMGCNConv",
    "MMGCNPropagation",
    "MultiScale",
    "MultiView",
    "MultimodalItemGraph",
    "Purify",
    "Reduce",
    "RefinedItemGraph",
    "ScalarAttention",
    "SelfLoopPropagation",
    "SqueezeAttention",
    "UserProfile",
]
