import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.ranking.rank_among import rank_among, rank_among_ref

SCORES = torch.tensor([[5.0, 1, 3, 3, 0, 2], [0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6]])
PAIRS = torch.tensor([[0, 0, 2], [4, 1, 0]])
OTHERS = torch.tensor([[3, 2], [4, -1], [5, 1]])


def score(user: Tensor, item: Tensor) -> Tensor:
    return SCORES[user.unsqueeze(1), item]


@pytest.mark.parametrize("size", [1, 2, 8])
@pytest.mark.parametrize("k", [1, 3, 6])
def test_lists_are_those_of_the_plain_way(size: int, k: int) -> None:
    users = torch.tensor([0, 1, 2])
    blocks = list(rank_among(score, users, PAIRS, OTHERS, k, block_size=size))
    expected = rank_among_ref(score, users, PAIRS, OTHERS, k)
    for found, wanted in zip(zip(*blocks, strict=True), expected, strict=True):
        assert torch.equal(torch.cat(found), wanted)


def test_of_equal_scores_the_smaller_index_comes_first() -> None:
    (block,) = rank_among(score, torch.tensor([0]), PAIRS, OTHERS[:1], 4)
    assert block.item.tolist() == [[2, 3, 1, 4]]


def test_scores_that_are_nan() -> None:
    with pytest.raises(ValueError, match="'score' needs to be free of NaN"):
        list(
            rank_among(
                lambda user, item: torch.full(item.shape, torch.nan), torch.tensor([0]), PAIRS, OTHERS[:1], 2
            )
        )
