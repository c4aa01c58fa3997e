import pytest
import torch

from pygmmrec.transforms import FuseItemGraphs, ItemKNNGraph, ToAdj
from pygmmrec.typing import item_edge_type

SIZE = (11, 11)


@pytest.fixture
def data(toy_data):
    return ItemKNNGraph(3, weighted=True)(toy_data())


@pytest.mark.parametrize(
    ("weights", "shares"),
    [
        (None, (0.5, 0.5)),
        ({"m0_knn": 0.1, "m1_knn": 0.9}, (0.1, 0.9)),
        ({"m1_knn": 2.0}, (0.0, 2.0)),
        ({"m0_knn": 0.0, "m1_knn": 1.0}, (0.0, 1.0)),
    ],
)
def test_the_sum_of_the_graphs(data, to_dense, weights, shares) -> None:
    out = FuseItemGraphs(weights)(data)
    graphs = [data[item_edge_type(f"m{m}_knn")] for m in range(2)]
    expected = sum(
        share * to_dense(graph.edge_index, graph.edge_weight, SIZE)
        for share, graph in zip(shares, graphs, strict=True)
    )
    fused = out[item_edge_type("fused")]
    torch.testing.assert_close(to_dense(fused.edge_index, fused.edge_weight, SIZE), expected)
    src, dst = fused.edge_index
    assert (dst * 11 + src).diff().gt(0).all()  # coalesced: no parallel edges, sorted by destination


def test_the_graphs_it_came_from_stay_and_are_not_changed(data) -> None:
    before = data[item_edge_type("m0_knn")].edge_weight.clone()
    out = FuseItemGraphs(name="both")(data)
    assert item_edge_type("both") in out.edge_types
    assert item_edge_type("both") not in data.edge_types
    assert torch.equal(out[item_edge_type("m0_knn")].edge_weight, before)


def test_equal_shares_leave_other_item_graphs_out(data, to_dense) -> None:
    data[item_edge_type("peers")].edge_index = torch.tensor([[0], [1]])
    data[item_edge_type("peers")].edge_weight = torch.tensor([100.0])
    assert FuseItemGraphs()(data)[item_edge_type("fused")].edge_weight.max() < 100
    only = FuseItemGraphs({"peers": 1})(data)[item_edge_type("fused")]
    assert (only.edge_index.tolist(), only.edge_weight.tolist()) == ([[0], [1]], [100])


def test_another_sum_takes_the_matrix_of_the_old_one_away(data) -> None:
    once = ToAdj()(FuseItemGraphs()(data))
    twice = ToAdj()(FuseItemGraphs({"m0_knn": 1})(once))
    assert twice[item_edge_type("fused")].matrix.nnz == 33


def test_repr() -> None:
    assert repr(FuseItemGraphs()) == "FuseItemGraphs(weights=None, name='fused')"
    assert (
        repr(FuseItemGraphs({"a_knn": 0.1}, name="x")) == "FuseItemGraphs(weights={'a_knn': 0.1}, name='x')"
    )


def test_wrong_arguments_are_errors(data, toy_data) -> None:
    for weights in ({"m0_knn": -1.0, "m1_knn": 3.0}, {"m0_knn": 0.0}, {}):
        with pytest.raises(ValueError, match="'weights' needs to be non-negative with a positive sum"):
            FuseItemGraphs(weights)
    with pytest.raises(
        ValueError, match=r"about graphs among \['m0_knn', 'm1_knn'\].*got 'm2_knn'.*ItemKNNGraph"
    ):
        FuseItemGraphs({"m2_knn": 1.0})(data)
    with pytest.raises(ValueError, match="'data' needs to be a graph with item graphs"):
        FuseItemGraphs()(toy_data())


def test_the_largest_weight_of_each_edge(toy_data, to_dense) -> None:
    data = ItemKNNGraph(3, weighted=True)(toy_data())
    fused = FuseItemGraphs(aggr="max")(data)["item", "fused", "item"]
    stores = [data["item", f"{name}_knn", "item"] for name in ("m0", "m1")]
    graphs = [to_dense(store.edge_index, store.edge_weight, (11, 11)) for store in stores]
    torch.testing.assert_close(
        to_dense(fused.edge_index, fused.edge_weight, (11, 11)), torch.stack(graphs).amax(dim=0)
    )
    assert fused.edge_index.unique(dim=1).size(1) == fused.edge_index.size(1)
    assert repr(FuseItemGraphs(aggr="max")) == "FuseItemGraphs(weights=None, name='fused', aggr='max')"
    with pytest.raises(ValueError, match="'aggr' needs to be 'sum' or 'max'"):
        FuseItemGraphs(aggr="min")
