import copy

from torch_geometric.data import HeteroData

from pygmmrec.experiment.settings.fingerprint import fingerprint
from pygmmrec.typing import INTERACTS, TEST


def test_another_edge_feature_or_held_out_pair_is_another_graph(graph: HeteroData) -> None:
    first = fingerprint(graph)
    assert fingerprint(copy.deepcopy(graph)) == first
    for change in ("edge", "feature", "pair"):
        other = copy.deepcopy(graph)
        if change == "edge":
            other[INTERACTS].edge_index = other[INTERACTS].edge_index[:, 1:]
        elif change == "feature":
            other["item"].image[0, 0] += 1
        else:
            other[INTERACTS][TEST][1, 0] += 1
        assert fingerprint(other) != first, change
