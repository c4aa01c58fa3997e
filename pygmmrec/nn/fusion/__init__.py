"""From several modalities to one tensor."""

from pygmmrec.nn.fusion.common_private import CommonPrivate
from pygmmrec.nn.fusion.edge_confidence import EdgeConfidence
from pygmmrec.nn.fusion.factor_exchange import FactorExchange
from pygmmrec.nn.fusion.fine_coarse import FineCoarse
from pygmmrec.nn.fusion.fuse import Fuse
from pygmmrec.nn.fusion.multi_view import MultiView

__all__ = ["CommonPrivate", "EdgeConfidence", "FactorExchange", "FineCoarse", "Fuse", "MultiView"]
