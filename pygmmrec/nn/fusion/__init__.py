"""From several modalities to one tensor."""

from pygmmrec.nn.fusion.fuse import Fuse

__all__ = ["Fuse"]
