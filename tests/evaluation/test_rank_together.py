from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from pygmmrec.evaluation.rank_together import rank_together
from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.kernels.ranking.rank import Ranking, rank

TwoRanks = Callable[[Callable[[Ranks], Any]], list[Any]]


@pytest.mark.parametrize("num_users", [1, 4, 8, 11])
def test_all_ranks_see_the_lists_of_one(two_ranks: TwoRanks, num_users: int) -> None:
    scores = torch.rand(12, 9, generator=torch.Generator().manual_seed(0))
    users = torch.arange(11, 11 - num_users, -1)
    exclude = torch.tensor([[3, 5, 11], [0, 1, 2]])
    asked: list[int] = []

    def score(block: Tensor) -> Tensor:
        asked.append(block.numel())
        return scores[block]

    def joined(lists: Any) -> Ranking:
        return Ranking(*map(torch.cat, zip(*lists, strict=True)))

    expected = joined(rank(score, users, 4, exclude=exclude, block_size=2))
    alone = joined(rank_together(None, score, users, 4, exclude=exclude, block_size=2))
    asked.clear()
    found = two_ranks(lambda r: joined(rank_together(r, score, users, 4, exclude=exclude, block_size=2)))
    for ranking in (alone, *found):
        assert all(one.equal(other) for one, other in zip(ranking, expected, strict=True))
    assert sum(asked) == 4 * -(-num_users // 4)  # both together rank each user once, and fill up one turn
