"""Layers: everything with parameters or a gradient."""

from pygmmrec.nn.conv import ItemGraphConv, LatentItemGraph, LightGCNPropagation, RefinedItemGraph
from pygmmrec.nn.feature import RCA, Reduce, UserProfile
from pygmmrec.nn.fusion import Fuse

__all__ = [
    "RCA",
    "Fuse",
    "ItemGraphConv",
    "LatentItemGraph",
    "LightGCNPropagation",
    "Reduce",
    "RefinedItemGraph",
    "UserProfile",
]
