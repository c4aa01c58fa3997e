import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.neighbours.knn import (
    neighbours_to_edge_index,
    topk_cosine,
    topk_cosine_ref,
)


@pytest.fixture
def tied() -> Tensor:
    """Rows of ±1 in four of eight places: every cosine is exact in floating point, and many are equal."""
    generator = torch.Generator().manual_seed(3)
    rows = torch.zeros(40, 8)
    for row in rows[:30]:
        row[torch.randperm(8, generator=generator)[:4]] = (
            torch.randint(2, (4,), generator=generator) * 2.0 - 1
        )
    rows[30:38] = rows[:8]  # duplicates; the last two rows are zeros
    return rows


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("block_size", [1, 7, 39, 40, 1024])
@pytest.mark.parametrize("k", [1, 5, 39])
def test_topk_is_its_plain_twin_with_ties(tied, k, include_self, block_size) -> None:
    index, value = topk_cosine(tied, k, include_self=include_self, block_size=block_size)
    expected_index, expected_value = topk_cosine_ref(tied, k, include_self=include_self)
    assert torch.equal(index, expected_index)
    assert torch.equal(value, expected_value)


@pytest.mark.parametrize("block_size", [7, 1024])
def test_topk_is_its_plain_twin_on_random_rows(block_size) -> None:
    x = torch.randn(50, 6, dtype=torch.float64)
    index, value = topk_cosine(x, 9, block_size=block_size)
    expected_index, expected_value = topk_cosine_ref(x, 9)
    assert torch.equal(index, expected_index)
    torch.testing.assert_close(value, expected_value, rtol=1e-12, atol=1e-12)
    direct = torch.nn.functional.cosine_similarity(x[:, None], x[index], dim=-1)
    torch.testing.assert_close(value, direct, rtol=1e-12, atol=1e-12)


def test_ties_go_to_the_smaller_index_by_hand() -> None:
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0], [3.0, 0.0], [0.0, -1.0]])
    index, value = topk_cosine(x, 2)
    assert index[[0, 2, 3]].tolist() == [[0, 2]] * 3
    assert index[1].tolist() == [1, 0]  # 0, 2 and 3 are all orthogonal
    assert value[1].tolist() == [1, 0]
    index, _ = topk_cosine(x, 2, include_self=False)
    assert index.tolist() == [[2, 3], [0, 2], [0, 3], [0, 2], [0, 2]]


def test_a_row_of_zeros_is_equally_far_from_all(tied) -> None:
    index, value = topk_cosine(tied, 4)
    assert index[39].tolist() == [0, 1, 2, 3]
    assert value[39].tolist() == [0] * 4


def test_no_row_is_its_own_neighbour_unless_asked() -> None:
    x = torch.randn(20, 4)
    rows = torch.arange(20)[:, None]
    assert not (topk_cosine(x, 19, include_self=False, block_size=6)[0] == rows).any()
    assert torch.equal(topk_cosine(x, 1)[0], rows)


def test_no_gradient_is_kept() -> None:
    assert not topk_cosine(torch.randn(4, 2, requires_grad=True), 2)[1].requires_grad


@pytest.mark.parametrize(("k", "include_self", "most"), [(0, True, 5), (6, True, 5), (5, False, 4)])
def test_k_out_of_range_is_an_error(k, include_self, most) -> None:
    with pytest.raises(ValueError, match=rf"'k' needs to be between 1 and {most}, .*\(got {k}\).*fewer"):
        topk_cosine(torch.randn(5, 2), k, include_self=include_self)


def test_edges_run_from_neighbour_to_row() -> None:
    edges = neighbours_to_edge_index(torch.tensor([[2, 1], [0, 2], [1, 0]]))
    assert edges.tolist() == [[2, 1, 0, 2, 1, 0], [0, 0, 1, 1, 2, 2]]
