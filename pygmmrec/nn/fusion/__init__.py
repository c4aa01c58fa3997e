"""From several modalities to one: one tensor, or one item graph."""

from pygmmrec.nn.fusion.common_private import CommonPrivate
from pygmmrec.nn.fusion.early_fusion import EarlyFusion
from pygmmrec.nn.fusion.edge_confidence import EdgeConfidence
from pygmmrec.nn.fusion.factor_exchange import FactorExchange
from pygmmrec.nn.fusion.fine_coarse import FineCoarse
from pygmmrec.nn.fusion.fuse import Fuse
from pygmmrec.nn.fusion.late_fusion import LateFusion
from pygmmrec.nn.fusion.meta_share import MetaShare
from pygmmrec.nn.fusion.multi_view import MultiView
from pygmmrec.nn.fusion.multimodal_item_graph import MultimodalItemGraph
from pygmmrec.nn.fusion.preference_gates import PreferenceGates
from pygmmrec.nn.fusion.product_of_experts import ProductOfExperts
from pygmmrec.nn.fusion.refined_item_graph import RefinedItemGraph

__all__ = [
    "CommonPrivate",
    "EarlyFusion",
    "EdgeConfidence",
    "FactorExchange",
    "FineCoarse",
    "Fuse",
    "LateFusion",
    "MetaShare",
    "MultiView",
    "MultimodalItemGraph",
    "PreferenceGates",
    "ProductOfExperts",
    "RefinedItemGraph",
]
