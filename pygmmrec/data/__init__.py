"""Raw tables and feature matrices -> one validated :class:`~torch_geometric.data.HeteroData`."""

from pygmmrec.data.build import build_hetero_data
from pygmmrec.data.columns import Columns
from pygmmrec.data.features import Features, read_features
from pygmmrec.data.ids import IdMap
from pygmmrec.data.interactions import Interactions, read_interactions
from pygmmrec.data.node_features import add_features
from pygmmrec.data.node_info import NodeInfo
from pygmmrec.data.positives import Positives
from pygmmrec.data.relabel import relabel
from pygmmrec.data.safe import SAFE as SAFE
from pygmmrec.data.sidecar import Sidecar
from pygmmrec.data.splits.calendar_split import CalendarSplit
from pygmmrec.data.splits.cold_items import ColdItemSplit
from pygmmrec.data.splits.split import GivenSplit, LeaveOneOut, RatioSplit, TemporalSplit, UserTemporalSplit
from pygmmrec.data.validate import validate_hetero_data
from pygmmrec.graph.summarize import summarize
from pygmmrec.graph.summary import Summary

__all__ = [
    "CalendarSplit",
    "ColdItemSplit",
    "Columns",
    "Features",
    "GivenSplit",
    "IdMap",
    "Interactions",
    "LeaveOneOut",
    "NodeInfo",
    "Positives",
    "RatioSplit",
    "Sidecar",
    "Summary",
    "TemporalSplit",
    "UserTemporalSplit",
    "add_features",
    "build_hetero_data",
    "read_features",
    "read_interactions",
    "relabel",
    "summarize",
    "validate_hetero_data",
]
