"""What was given in place of a graph is named, with what to do about it."""

import pytest
from torch import nn
from torch_geometric.data import HeteroData

from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.utils.graph import check_is_graph


def test_a_graph_passes() -> None:
    check_is_graph(HeteroData(), "test")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            SyntheticMultimodal(20, 60),
            r"\(got 'SyntheticMultimodal'\). Take the graph of the data set, dataset\[0\]",
        ),
        ([HeteroData()], r"\(got 'list'\). Take the graph"),
        (nn.Linear(1, 1), "The model comes first, then the graph"),
        ({"user": 1}, r"\(got 'dict'\). pygmmrec.data.build_hetero_data"),
        (HeteroData, "the class HeteroData"),
    ],
)
def test_other_things_are_named(other: object, message: str) -> None:
    with pytest.raises(ValueError, match=rf"'data' needs to be a graph, a HeteroData in 'test' .*{message}"):
        check_is_graph(other, "test")
