import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.ranking.rank import Ranking, default_block_size, rank, rank_ref

SCORES = torch.randn(30, 17, generator=torch.Generator().manual_seed(1))


def score(users: Tensor) -> Tensor:
    return SCORES[users]


@pytest.fixture
def known() -> Tensor:
    """Pairs in no order; user 3 has all items but two, user 4 none."""
    pairs = (torch.rand(30, 17, generator=torch.Generator().manual_seed(2)) < 0.3).nonzero()
    full = torch.tensor([[3, item] for item in range(15)])
    pairs = torch.cat([pairs[(pairs[:, 0] != 3) & (pairs[:, 0] != 4)], full])
    return pairs[torch.randperm(len(pairs), generator=torch.Generator().manual_seed(3))].t()


@pytest.mark.parametrize("block_size", [1, 7, 30, 256])
@pytest.mark.parametrize("masked", [False, True])
def test_rank_is_its_plain_twin_for_any_block_size(known, block_size, masked) -> None:
    users = torch.tensor([29, 3, 4, 0, 11, 12, 5, 3])  # in any order, and repeated
    exclude = known if masked else None
    blocks = list(rank(score, users, 2, exclude=exclude, block_size=block_size))
    expected = rank_ref(score, users, 2, exclude=exclude)
    assert [len(block.user) for block in blocks][:-1] == [block_size] * (len(blocks) - 1)
    for actual, value in zip(zip(*blocks, strict=True), expected, strict=True):
        assert torch.equal(torch.cat(actual), value)


def test_no_list_holds_a_known_item(known) -> None:
    pairs = set(zip(*known.tolist(), strict=True))
    for users, items, scores in rank(score, torch.arange(30), 17, exclude=known, block_size=4):
        for user, row, values in zip(users.tolist(), items.tolist(), scores.tolist(), strict=True):
            finite = [item for item, value in zip(row, values, strict=True) if value > -torch.inf]
            assert not pairs & {(user, item) for item in finite}
            assert len(finite) == 17 - sum(owner == user for owner, _ in pairs)


def test_a_list_short_of_candidates_ends_in_excluded_items(known) -> None:
    (block,) = rank(score, torch.tensor([3]), 4, exclude=known)
    assert isinstance(block, Ranking)
    assert set(block.item[0, :2].tolist()) == {15, 16}
    assert block.score[0, 2:].tolist() == [-torch.inf, -torch.inf]
    assert len(set(block.item[0].tolist())) == 4


def test_scores_of_the_model_are_left_unchanged(known) -> None:
    before = SCORES.clone()
    users = torch.arange(30)
    list(rank(lambda block: SCORES, users, 2, exclude=known))
    assert torch.equal(before, SCORES)


def test_scores_that_are_one_row_for_all_users(known) -> None:
    users, popularity = torch.arange(30), torch.arange(17.0)
    (block,) = rank(lambda block: popularity.expand(len(block), -1), users, 2, exclude=known)
    expected = rank_ref(lambda block: popularity.expand(len(block), -1), users, 2, exclude=known)
    assert torch.equal(block.item, expected.item)
    assert torch.equal(popularity, torch.arange(17.0))


def test_never_more_rows_than_a_block() -> None:
    asked = []

    def spy(users: Tensor) -> Tensor:
        asked.append(users.numel())
        return SCORES[users]

    list(rank(spy, torch.arange(30), 3, block_size=8))
    assert asked == [8, 8, 8, 6]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_float_types(known, dtype) -> None:
    whole = torch.arange(17.0).repeat(30, 1)
    (expected,) = rank(lambda users: whole[users], torch.arange(30), 5, exclude=known)
    (actual,) = rank(lambda users: whole[users].to(dtype), torch.arange(30), 5, exclude=known)
    assert actual.score.dtype == dtype
    finite = expected.score > -torch.inf
    assert torch.equal(actual.item[finite], expected.item[finite])


def test_no_users_no_blocks_and_no_pairs_no_mask() -> None:
    assert list(rank(score, torch.empty(0, dtype=torch.int64), 3)) == []
    (masked,) = rank(score, torch.arange(5), 3, exclude=torch.empty(2, 0, dtype=torch.int64))
    (plain,) = rank(score, torch.arange(5), 3)
    assert torch.equal(masked.item, plain.item)


def test_wrong_arguments_are_errors_at_the_call() -> None:
    users = torch.arange(5)
    with pytest.raises(ValueError, match="'k' needs to be at least 1"):
        rank(score, users, 0)
    with pytest.raises(ValueError, match="'block_size' needs to be at least 1"):
        rank(score, users, 1, block_size=0)
    with pytest.raises(ValueError, match=r"'user_index' needs to be a vector"):
        rank(score, users[None], 1)
    with pytest.raises(ValueError, match=r"'exclude' needs to be user-item pairs \[2, E\]"):
        rank(score, users, 1, exclude=torch.zeros(4, 2, dtype=torch.int64))


def test_wrong_scores_are_errors() -> None:
    users = torch.arange(5)
    with pytest.raises(ValueError, match=r"'k' needs to be at most the number of items \(17\).*got 18"):
        next(rank(score, users, 18))
    with pytest.raises(ValueError, match=r"'score' needs to be a matrix \[5, I\].*got \(30, 17\)"):
        next(rank(lambda _: SCORES, users, 1))
    with pytest.raises(ValueError, match=r"'score' needs to be of a floating type.*got torch.int64"):
        next(rank(lambda block: SCORES[block].long(), users, 1))
    with pytest.raises(ValueError, match=r"'exclude' needs to be items from 0 to 16.*got \(2, 17\)"):
        next(rank(score, users, 1, exclude=torch.tensor([[0, 1], [2, 17]])))


def test_nan_is_an_error_even_where_it_is_masked() -> None:
    broken = SCORES.clone()
    broken[2, 5] = torch.nan
    with pytest.raises(ValueError, match="'score' needs to be free of NaN"):
        list(rank(lambda users: broken[users], torch.arange(5), 1, exclude=torch.tensor([[2], [5]])))


@pytest.mark.parametrize(
    ("num_items", "expected"), [(1, 512), (6_710, 512), (18_357, 428), (63_001, 124), (10**8, 1)]
)
def test_scores_of_a_block_take_30_mb_or_less(num_items, expected) -> None:
    assert default_block_size(num_items) == expected
