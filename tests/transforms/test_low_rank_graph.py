import pytest
import torch

from pygmmrec.transforms import BipartiteNorm, LowRankGraph, ToAdj, restrict_graph
from pygmmrec.transforms.low_rank_graph import ITEM_FACTORS, USER_FACTORS
from pygmmrec.typing import INTERACTS


def product(data) -> torch.Tensor:
    """The graph that the factors make, [U, I]."""
    return data[USER_FACTORS].matrix.to_dense() @ data[ITEM_FACTORS].matrix.to_dense().t()


@pytest.fixture
def known() -> torch.Tensor:
    known = torch.rand(14, 17, generator=torch.Generator().manual_seed(3)) < 0.3
    known[13] = False  # a user without items
    return known


@pytest.mark.parametrize("q", [1, 5, 13, 40])
def test_against_all_singular_values(toy_data, known, q) -> None:
    data = ToAdj()(LowRankGraph(q)(BipartiteNorm()(toy_data(known.nonzero().t(), 14, 17))))
    root_user, root_item = (known.double().sum(axis).clamp(min=1).rsqrt() for axis in (1, 0))
    left, value, right = torch.linalg.svd(root_user[:, None] * known * root_item, full_matrices=False)
    q = min(q, 13)
    expected = left[:, :q] * value[:q] @ right[:q]
    torch.testing.assert_close(product(data).double(), expected, rtol=1e-6, atol=1e-6)
    assert data["factor"].num_nodes == data[USER_FACTORS].matrix.num_cols == q
    assert data[USER_FACTORS].matrix.t().num_rows == q


def test_it_is_the_same_each_time(toy_data) -> None:
    data = BipartiteNorm()(toy_data())
    first, second = (LowRankGraph(3)(data) for _ in range(2))
    for edge_type in (USER_FACTORS, ITEM_FACTORS):
        assert torch.equal(first[edge_type].edge_weight, second[edge_type].edge_weight)
    assert USER_FACTORS not in data.edge_types
    assert first[INTERACTS].edge_index is data[INTERACTS].edge_index


def test_a_part_has_its_rows(toy_data) -> None:
    whole = ToAdj()(LowRankGraph(3)(BipartiteNorm()(toy_data())))
    nodes = {"user": torch.tensor([7, 2, 3]), "item": torch.tensor([10, 0])}
    part = restrict_graph(whole, nodes)
    assert part["factor"].num_nodes == 3
    assert torch.equal(product(part), product(whole)[nodes["user"]][:, nodes["item"]])
    fresh = part.clone()
    for edge_type in (USER_FACTORS, ITEM_FACTORS):
        del fresh[edge_type].matrix
    torch.testing.assert_close(product(ToAdj()(fresh)), product(part))


def test_repr_and_errors(toy_data) -> None:
    assert repr(LowRankGraph(4)) == "LowRankGraph(q=4)"
    with pytest.raises(ValueError, match="'q' needs to be at least 1 in 'LowRankGraph'"):
        LowRankGraph(0)
    with pytest.raises(ValueError, match=r"a graph with weights .* Apply BipartiteNorm\(\) first"):
        LowRankGraph()(toy_data())
    alone = BipartiteNorm()(toy_data(torch.tensor([[0, 0], [0, 1]]), 1, 2))
    with pytest.raises(ValueError, match="a graph of two users and items at least"):
        LowRankGraph()(alone)
