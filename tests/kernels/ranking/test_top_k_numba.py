"""The compiled search for the largest entries: its bound, and rankings that are those of the plain twin."""

import pytest
import torch

from pygmmrec.kernels.ranking import top_k_numba
from pygmmrec.kernels.ranking.rank import rank, rank_ref
from pygmmrec.kernels.ranking.top_k import GROUP


@pytest.mark.parametrize("needed", [1, 7, 60, 300])
def test_the_bound_is_reached_by_as_many_and_few_more(needed) -> None:
    x = torch.randn(300, dtype=torch.float64).numpy()
    bound = top_k_numba._bound(x, needed)
    assert needed <= (x >= bound).sum() <= needed + top_k_numba.SLACK + 1


def test_the_bound_is_valid_for_equal_and_infinite_numbers() -> None:
    for values in (
        [2.0] * 9,
        [-torch.inf] * 9,
        [torch.inf] * 9,
        [-torch.inf, 1, 2, 3, torch.inf],
        [1e308, -1e308],
    ):
        x = torch.tensor(values, dtype=torch.float64).numpy()
        for needed in range(1, len(values) + 1):
            assert (x >= top_k_numba._bound(x, needed)).sum() >= needed


def test_groups_below_the_bound_are_not_read() -> None:
    x = torch.zeros(1, 40 * GROUP)
    x[0, ::GROUP] = torch.arange(40.0) + 1  # the largest of each group
    maxima = x[:, ::GROUP].clone()
    x[0, 1 : 10 * GROUP : GROUP] = torch.inf  # which the maxima of the first groups do not say
    value, column = top_k_numba.compiled_top_k(x, 5, None, maxima, GROUP)
    assert value[0].tolist() == [40, 39, 38, 37, 36]
    assert column[0].tolist() == [place * GROUP for place in (39, 38, 37, 36, 35)]


@pytest.mark.parametrize("num_items", [40, 5000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rankings_are_those_of_the_plain_twin(num_items, dtype) -> None:
    scores = torch.randn(20, num_items, dtype=dtype)
    exclude = (torch.rand(20, num_items) < 0.1).nonzero().t()
    users = torch.randperm(20)
    blocks = list(rank(lambda block: scores[block], users, 15, exclude=exclude, block_size=7))
    expected = rank_ref(lambda block: scores[block], users, 15, exclude=exclude)
    assert torch.equal(torch.cat([block.item for block in blocks]), expected.item)
    assert torch.equal(torch.cat([block.score for block in blocks]).float(), expected.score)
