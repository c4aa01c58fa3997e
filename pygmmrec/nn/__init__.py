"""Layers: everything with parameters or a gradient."""

from pygmmrec.nn.conv import ItemGraphConv, LatentItemGraph, LightGCNPropagation, RefinedItemGraph
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
    "MultiScale",
    "MultiView",
    "Purify",
    "Reduce",
    "RefinedItemGraph",
    "ScalarAttention",
    "SqueezeAttention",
    "UserProfile",
]
