"""Another split of a graph that is already built."""

import copy

import numpy as np
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data.edges import labelled, set_edges
from pygmmrec.data.events.repeats import merge_repeats
from pygmmrec.data.events.steps import Steps
from pygmmrec.data.interactions import Interactions
from pygmmrec.data.splits.named_splits import SplitName, as_split, split_name
from pygmmrec.data.splits.split import GivenSplit, Split
from pygmmrec.data.validate import validate_hetero_data
from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.typing import INTERACTS, ORIGIN, PREPARED, REV_INTERACTS, TEST, VALID
from pygmmrec.utils.check import check

EDGES = (INTERACTS, REV_INTERACTS)


def relabel(data: HeteroData, split: Split | SplitName) -> HeteroData:
    """All interactions of a graph, trained on and held out, in the parts that another split gives them.

    A pair that was in several parts becomes one. Ratings and timestamps are left out, since held-out pairs
    have none.

    Args:
        data: The graph as a data set gives it, before any ``pre_transform``; left unchanged.
        split: Labels the rows, such as :class:`RatioSplit` or :class:`ColdItemSplit`, or the name of one, see
            :func:`build_hetero_data`.

    Raises:
        ValueError: If something else was given, such as the data set of the graph, if the graph has other
            edges, which would be of another split, or no row is left to train on.
    """
    check_is_graph(data, "relabel")
    chosen = as_split(split, "relabel") or GivenSplit()
    remedy = "Split before any model prepares the graph"
    check(
        PREPARED not in data, "data", "a graph that no model prepared", "relabel", data.get(PREPARED), remedy
    )
    known = set(data.edge_types) == set(EDGES)
    check(known, "data", f"a graph of the edge types {EDGES} only", "relabel", data.edge_types, remedy)
    parts = [data[INTERACTS].edge_index, data[INTERACTS][VALID], data[INTERACTS][TEST]]
    user, item = torch.cat(parts, dim=1).numpy()  # [n] each
    label = np.repeat(np.arange(3), [part.size(1) for part in parts])  # [n]
    table = Interactions(user, item, label=label)
    pairs = merge_repeats(table, across_labels=not isinstance(chosen, GivenSplit))
    edges = labelled(pairs, chosen)
    out = copy.copy(data)
    if ORIGIN in data:
        steps = Steps(len(table), data[ORIGIN]["steps"])
        steps.count("relabel", "that repeat a pair", len(table) - len(pairs), len(pairs))
        out[ORIGIN] = {**data[ORIGIN], "steps": steps.done, "split": split_name(chosen)}
    for edge_type in EDGES:
        del out[edge_type]
    set_edges(out, edges)
    validate_hetero_data(out)
    return out
