import copy

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.graph import blocks
from pygmmrec.graph.fingerprint import fingerprint
from pygmmrec.typing import INTERACTS, TEST


@pytest.fixture
def graph(toy_data) -> HeteroData:
    data = toy_data(dtype=torch.float32)
    data["item"].image = data["item"].m0
    data[INTERACTS][TEST] = torch.tensor([[0, 1], [2, 3]])
    return data


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


def test_half_precision_counts_as_what_it_says(graph: HeteroData) -> None:
    for dtype in (torch.float16, torch.bfloat16):
        half = graph["item"].image = graph["item"].image.to(dtype)
        first = fingerprint(graph)
        graph["item"].image = half.float()
        assert fingerprint(graph) == first


def test_blocks_make_no_difference(graph: HeteroData, monkeypatch: pytest.MonkeyPatch) -> None:
    graph["item"].map, graph["item"].one = torch.randn(11, 3, 2).transpose(1, 2), torch.tensor(7.0)
    first = fingerprint(graph)
    monkeypatch.setattr(blocks, "BLOCK", 5)
    assert fingerprint(graph) == first
