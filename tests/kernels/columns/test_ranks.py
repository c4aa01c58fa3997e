from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from pygmmrec.kernels.columns.ranks import Ranks

TwoRanks = Callable[[Callable[[Ranks], Any]], list[Any]]


def test_own_columns_and_those_of_all(two_ranks: TwoRanks) -> None:
    x = torch.arange(12.0).view(3, 4)
    for found in two_ranks(lambda ranks: ranks.gather(ranks.own(x))):
        assert found.equal(x)
    first, second = two_ranks(lambda ranks: ranks.own(x))
    assert first.tolist() == [[0, 1], [4, 5], [8, 9]]
    assert second.tolist() == [[2, 3], [6, 7], [10, 11]]


def test_rows_and_sums(two_ranks: TwoRanks) -> None:
    def both(ranks: Ranks) -> tuple[Tensor, Tensor]:
        mine = torch.full((1, 2), float(ranks.rank + 1))
        return ranks.gather_rows(mine), ranks.total(mine)

    for rows, total in two_ranks(both):
        assert rows.tolist() == [[1, 1], [2, 2]]
        assert total.tolist() == [[3, 3]]


def test_shares_are_runs_that_cover_everything(two_ranks: TwoRanks) -> None:
    assert two_ranks(lambda ranks: list(ranks.share(5))) == [[0, 1], [2, 3, 4]]
    assert two_ranks(lambda ranks: list(ranks.share(1))) == [[], [0]]
