import pytest
import torch
from torch import Tensor

from pygmmrec.transforms import DropEdge, ToAdj, UserGraph
from pygmmrec.typing import USER_GRAPH


def dense_graph(known: Tensor, k: int) -> Tensor:
    """Counts of common items, the k largest of a row, and their softmax; rows are destinations."""
    count = known.double() @ known.double().t()
    graph = torch.zeros_like(count)
    for u, row in enumerate(count.tolist()):
        others = [v for v in range(len(row)) if v != u and row[v] > 0]
        best = sorted(others, key=lambda v: (-row[v], v))[:k]
        if best:
            graph[u, best] = count[u, best].softmax(dim=0)
    return graph


@pytest.mark.parametrize("block_size", [1, 4, 1024])
@pytest.mark.parametrize("k", [1, 2, 5, 40])
def test_against_the_dense_formula(toy_data, to_dense, k, block_size) -> None:
    known = torch.rand(13, 17) < 0.25
    known[4] = False  # a user without items
    known[:, 8] = False
    known[8] = False
    known[8, 8] = True  # and one that shares its item with nobody
    data = UserGraph(k, block_size=block_size)(toy_data(known.nonzero().t(), 13, 17))
    store = data[USER_GRAPH]
    actual = to_dense(store.edge_index, store.edge_weight, (13, 13)).double()
    expected = dense_graph(known, k)
    assert expected.count_nonzero() == store.edge_index.size(1) > 0
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-7)
    assert torch.equal(ToAdj()(data)[USER_GRAPH].matrix.to_dense().double(), actual)
    assert not actual[[4, 8]].any()


def test_items_of_too_many_users_do_not_count(toy_data, to_dense, caplog) -> None:
    known = torch.rand(13, 17, generator=torch.Generator().manual_seed(0)) < 0.3
    heavy = known.sum(dim=0) > 4
    assert 0 < heavy.sum() < 17
    with caplog.at_level("INFO", logger="pygmmrec"):
        store = UserGraph(5, max_degree=4)(toy_data(known.nonzero().t(), 13, 17))[USER_GRAPH]
    actual = to_dense(store.edge_index, store.edge_weight, (13, 13)).double()
    torch.testing.assert_close(actual, dense_graph(known & ~heavy, 5), rtol=1e-6, atol=1e-7)
    assert f"{int(heavy.sum())} items of more than 4 users do not count" in caplog.text


def test_the_graph_is_of_the_edges_that_are_there(toy_data) -> None:
    data = toy_data()
    thin = UserGraph(3)(DropEdge(0.7)(data))
    full = UserGraph(3)(data)
    assert thin[USER_GRAPH].edge_index.size(1) < full[USER_GRAPH].edge_index.size(1)
    assert USER_GRAPH not in data.edge_types
    again = UserGraph(2)(ToAdj()(UserGraph(3)(data)))
    assert "matrix" not in again[USER_GRAPH]


def test_repr_and_errors() -> None:
    assert repr(UserGraph(max_degree=9)) == "UserGraph(k=40, max_degree=9)"
    for name in ("k", "max_degree", "block_size"):
        kwargs = {name: 0}
        with pytest.raises(ValueError, match=rf"'{name}' needs to be at least 1 in 'UserGraph'"):
            UserGraph(**kwargs)
