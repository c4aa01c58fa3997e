"""Layers: everything with parameters or a gradient."""

from pygmmrec.nn.conv import ItemGraphConv, LatentItemGraph, LightGCNPropagation
from pygmmrec.nn.feature import RCA, Reduce, UserProfile

__all__ = ["RCA", "ItemGraphConv", "LatentItemGraph", "LightGCNPropagation", "Reduce", "UserProfile"]
