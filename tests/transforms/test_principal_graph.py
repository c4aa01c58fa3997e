import pytest
import torch
from torch import Tensor

from pygmmrec.transforms import PrincipalGraph
from pygmmrec.typing import INTERACTS, PRINCIPAL


def dense_graph(known: Tensor, dim: int, threshold: float) -> Tensor:
    """All singular triplets of the normalised matrix; the block of users and items of the square one."""
    root_user, root_item = (known.double().sum(axis).clamp(min=1).rsqrt() for axis in (1, 0))
    left, value, right = torch.linalg.svd(root_user[:, None] * known.double() * root_item)
    graph = torch.zeros_like(known, dtype=torch.float64)
    for t in range(dim // 8):
        graph += value[t] * value[3 * dim // 8 + t] * torch.outer(left[:, t], right[t])
    return graph.masked_fill(graph.abs() < threshold, 0.0)


@pytest.fixture
def known() -> Tensor:
    generator = torch.Generator().manual_seed(3)
    known = torch.rand(14, 17, generator=generator) < 0.3
    known[range(13), range(13)] = known[range(13), range(1, 14)] = True
    known[13] = False  # a user without items, which is no part
    return known


@pytest.mark.parametrize("block_size", [1, 5, 1024])
@pytest.mark.parametrize(("dim", "threshold"), [(8, 0.03), (24, 0.01)])
def test_against_all_singular_values(toy_data, to_dense, known, dim, threshold, block_size) -> None:
    data = toy_data(known.nonzero().t(), 14, 17)
    store = PrincipalGraph(dim, threshold=threshold, block_size=block_size)(data)[PRINCIPAL]
    actual = to_dense(store.edge_index.flip(0), store.edge_weight, (17, 14)).double()
    expected = dense_graph(known, dim, threshold)
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-7)
    assert 0 < store.edge_index.size(1) == expected.count_nonzero() < 13 * 17
    assert PRINCIPAL not in data.edge_types


def test_a_graph_of_many_parts_is_an_error(toy_data) -> None:
    pairs = torch.arange(20)
    data = toy_data(torch.stack([pairs, pairs]), 20, 20)
    message = r"a graph of at most 1 parts in 'PrincipalGraph' \(got 20\). Train on drawn edges"
    with pytest.raises(ValueError, match=message):
        PrincipalGraph(8)(data)


def test_wrong_arguments_are_errors(toy_data) -> None:
    with pytest.raises(ValueError, match="'dim' needs to be divisible by 8"):
        PrincipalGraph(20)
    with pytest.raises(ValueError, match="'dim' needs to be less than twice the 9 users or items"):
        PrincipalGraph(24)(toy_data())


def test_its_text_and_the_edges_it_leaves_alone(toy_data) -> None:
    assert repr(PrincipalGraph(8)) == "PrincipalGraph(dim=8, threshold=0.001)"
    data = toy_data()
    assert PrincipalGraph(8)(data)[INTERACTS].edge_index is data[INTERACTS].edge_index
