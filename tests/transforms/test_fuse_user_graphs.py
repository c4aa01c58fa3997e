import pytest
import torch

from pygmmrec.transforms import FuseUserGraphs, UserGraph, UserKNNGraph
from pygmmrec.typing import USER_GRAPH


@pytest.fixture
def data(toy_data):
    return UserGraph(2)(UserKNNGraph(3)(toy_data()))


def dense(data, edge_type, to_dense) -> torch.Tensor:
    store = data[edge_type]
    return to_dense(store.edge_index, store.edge_weight.double(), (9, 9))


def test_sums_by_name_and_equal_shares(data, to_dense) -> None:
    m0, m1 = (dense(data, ("user", f"{name}_knn", "user"), to_dense) for name in ("m0", "m1"))
    equal = dense(FuseUserGraphs()(data), ("user", "fused", "user"), to_dense)
    torch.testing.assert_close(equal, (m0 + m1) / 2, rtol=1e-6, atol=1e-6)
    mixed = FuseUserGraphs({"m1_knn": 0.25, "co_interacts": 2}, name="alike")(data)
    expected = m1 / 4 + 2 * dense(data, USER_GRAPH, to_dense)
    actual = dense(mixed, ("user", "alike", "user"), to_dense)
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)


def test_repr_and_errors(data, toy_data) -> None:
    assert repr(FuseUserGraphs({"a": 1.0})) == "FuseUserGraphs(weights={'a': 1.0}, name='fused')"
    with pytest.raises(ValueError, match=r"'weights' needs to be non-negative .* in 'FuseUserGraphs'"):
        FuseUserGraphs({"a": -1})
    with pytest.raises(ValueError, match=r"about graphs among \['m0_knn', 'm1_knn', 'co_interacts'\]"):
        FuseUserGraphs({"m2_knn": 1})(data)
    with pytest.raises(ValueError, match=r"a graph with user graphs .*Apply UserKNNGraph first"):
        FuseUserGraphs()(toy_data())
