"""Another split of a graph that is already built."""

import copy

import numpy as np
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data.build import labelled, set_edges
from pygmmrec.data.interactions import Interactions
from pygmmrec.data.split import Split, check_split
from pygmmrec.data.validate import validate_hetero_data
from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.typing import INTERACTS, PREPARED, REV_INTERACTS, TEST, VALID
from pygmmrec.utils.check import check

EDGES = (INTERACTS, REV_INTERACTS)


def relabel(data: HeteroData, split: Split) -> HeteroData:
    """All interactions of a graph, trained on and held out, in the parts that another split gives them.

    A pair that was in several parts becomes one. Ratings and timestamps are left out, since held-out pairs
    have none.

    Args:
        data: The graph as a data set gives it, before any ``pre_transform``; left unchanged.
        split: Labels the rows, such as :class:`RatioSplit` or :class:`ColdItemSplit`.

    Raises:
        ValueError: If something else was given, such as the data set of the graph, if the graph has other
            edges, which would be of another split, or no row is left to train on.
    """
    check_is_graph(data, "relabel")
    check_split(split, "relabel")
    remedy = "Split before any model prepares the graph"
    check(
        PREPARED not in data, "data", "a graph that no model prepared", "relabel", data.get(PREPARED), remedy
    )
    known = set(data.edge_types) == set(EDGES)
    check(known, "data", f"a graph of the edge types {EDGES} only", "relabel", data.edge_types, remedy)
    parts = [data[INTERACTS].edge_index, data[INTERACTS][VALID], data[INTERACTS][TEST]]
    user, item = torch.cat(parts, dim=1).numpy()  # [n] each
    label = np.repeat(np.arange(3), [part.size(1) for part in parts])  # [n]
    edges = labelled(Interactions(user, item, label=label), split)
    out = copy.copy(data)
    for edge_type in EDGES:
        del out[edge_type]
    set_edges(out, edges)
    validate_hetero_data(out)
    return out
