import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor

from pygmmrec.kernels.ranking.unseen import Unseen

PAIRS = torch.tensor([[2, 0, 0, 2, 2, 2], [1, 4, 0, 3, 1, 5]])  # user 1 has none, (2, 1) is there twice


def left(user: int) -> list[int]:
    return sorted(set(range(7)) - set(PAIRS[1, PAIRS[0] == user].tolist()))


@pytest.mark.parametrize("user", [0, 1, 2, 3])
def test_each_number_is_an_item_of_its_own(user: int) -> None:
    unseen = Unseen(PAIRS, 7, num_users=4)
    assert int(unseen.room[user]) == len(left(user))
    number = torch.arange(len(left(user)))
    assert unseen(torch.full_like(number, user), number).tolist() == left(user)


@pytest.mark.parametrize("number", [1, 2, 4, 6])
def test_every_set_is_as_likely(number: int) -> None:
    unseen = Unseen(PAIRS, 7, num_users=4).to(torch.device("cpu"))
    generator = torch.Generator().manual_seed(0)
    drawn = unseen.draw(torch.full((6000,), 2), number, generator)
    kept = min(number, len(left(2)))
    assert bool((drawn[:, kept:] == -1).all())
    assert bool((drawn[:, 1:kept] > drawn[:, : kept - 1]).all())  # ascending, so each once
    sets, count = drawn.unique(dim=0, return_counts=True)
    assert len(sets) == [4, 6, 1, 1][[1, 2, 4, 6].index(number)]
    assert len(sets) == 1 or chisquare(count.numpy()).pvalue > 1e-3


def test_users_with_much_and_little_left_in_one_draw() -> None:
    pairs: Tensor = torch.stack([torch.zeros(95, dtype=torch.int64), torch.arange(95)])
    unseen = Unseen(pairs, 100, num_users=2)
    drawn = unseen.draw(torch.tensor([1, 0, 1]), 8, torch.Generator().manual_seed(3))
    assert drawn[1].tolist() == [95, 96, 97, 98, 99, -1, -1, -1]
    assert drawn[0].tolist() != drawn[2].tolist()
    assert all(len(set(row)) == 8 for row in drawn[[0, 2]].tolist())
