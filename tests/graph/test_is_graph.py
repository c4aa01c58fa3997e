from typing import Any

import pytest
import torch
from torch_geometric.data import Data, HeteroData

from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.graph.is_graph import check_is_graph, is_prepared
from pygmmrec.models import LightGCN
from pygmmrec.transforms import ToAdj


def test_a_graph() -> None:
    check_is_graph(HeteroData(), "fit")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (SyntheticMultimodal(num_users=20, num_items=50), r"\(got 'SyntheticMultimodal'\).*dataset\[0\]"),
        ([HeteroData()], r"\(got 'list'\).*dataset\[0\]"),
        (torch.nn.Linear(1, 1), r"\(got 'Linear'\)\. The model comes first, then the graph"),
        (Data(), r"\(got 'Data'\).*build_hetero_data"),
        (HeteroData, "the class HeteroData"),
        (None, "'NoneType'"),
    ],
)
def test_anything_else_says_what_to_do(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"'data' needs to be a graph, a HeteroData in 'fit' .*" + message):
        check_is_graph(given, "fit")


def test_a_graph_is_prepared_by_a_model_or_by_hand() -> None:
    data = SyntheticMultimodal(num_users=20, num_items=50)[0]
    assert not is_prepared(data)
    assert is_prepared(LightGCN.prepare(data))
    assert is_prepared(ToAdj()(data))
