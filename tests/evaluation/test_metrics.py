import math

import pytest
import torch

import pygmmrec.evaluation.metrics as module
from pygmmrec.evaluation.metrics import METRICS, RankingMetrics


def test_by_hand_for_one_user() -> None:
    # Hits at positions 2 and 3 of four; three held-out items.
    result = RankingMetrics(METRICS, [4], num_items=10)
    result.update(torch.tensor([[5, 1, 2, 6]]), torch.tensor([0, 0, 0]), torch.tensor([1, 2, 3]))
    gain = 1 / torch.arange(2, 6, dtype=torch.float64).log2()
    expected = {
        "recall@4": 2 / 3,
        "ndcg@4": float(gain[1:3].sum() / gain[:3].sum()),
        "precision@4": 1 / 2,
        "map@4": (1 / 2 + 2 / 3) / 3,
        "hit_ratio@4": 1.0,
        "mrr@4": 1 / 2,
        "coverage@4": 0.4,
    }
    assert result.compute() == pytest.approx(expected, abs=1e-15)


def test_sums_are_float64() -> None:
    # 1/3 in float32 is off by 1e-8, and its sum over many users by far more.
    result = RankingMetrics(["recall"], [1], num_items=3)
    item = torch.zeros(10_000, 1, dtype=torch.int64)
    row = torch.arange(10_000).repeat_interleave(3)
    for _ in range(3):
        result.update(item, row, torch.arange(3).repeat(10_000))
    assert result.compute()["recall@1"] == pytest.approx(1 / 3, rel=0, abs=1e-13)
    assert torch.get_default_dtype() == torch.float32


def test_per_user_values_come_in_the_order_of_the_updates() -> None:
    result = RankingMetrics(["recall", "mrr", "coverage"], [1, 2], num_items=4)
    result.update(torch.tensor([[0, 1], [2, 3]]), torch.tensor([0, 1]), torch.tensor([1, 2]))
    result.update(torch.tensor([[3, 0]]), torch.tensor([0, 0]), torch.tensor([0, 3]))
    values = {name: value.tolist() for name, value in result.per_user().items()}
    assert values == {
        "recall@1": [0.0, 1.0, 0.5],
        "recall@2": [1.0, 1.0, 1.0],
        "mrr@1": [0.0, 1.0, 1.0],
        "mrr@2": [0.5, 1.0, 1.0],
    }
    assert all(value.dtype == torch.float64 for value in result.per_user().values())


def test_coverage_counts_an_item_once() -> None:
    result = RankingMetrics(["coverage"], [1, 2], num_items=8)
    for item in ([[0, 1]], [[0, 2]], [[2, 1]]):
        result.update(torch.tensor(item), torch.tensor([0]), torch.tensor([7]))
    assert result.compute() == {"coverage@1": 2 / 8, "coverage@2": 3 / 8}


def test_repr() -> None:
    result = RankingMetrics(["recall"], [5, 10], num_items=30)
    assert repr(result) == "RankingMetrics(metrics=('recall',), ks=(5, 10), num_items=30)"
    assert result.max_k == 10


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_the_default_type_of_the_caller_comes_back(dtype) -> None:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        result = RankingMetrics(["recall"], [1], num_items=3)
        result.update(torch.tensor([[0]]), torch.tensor([0]), torch.tensor([0]))
        assert result.compute() == {"recall@1": 1}
        assert torch.get_default_dtype() == dtype
        result.update(torch.tensor([[0]]), torch.tensor([7]), torch.tensor([0]))  # there is no list 7
        with pytest.raises((IndexError, RuntimeError)):
            result.compute()
        assert torch.get_default_dtype() == dtype
    finally:
        torch.set_default_dtype(before)


def test_blocks_of_any_size_give_the_same(monkeypatch) -> None:
    generator = torch.Generator().manual_seed(0)
    item = torch.stack([torch.randperm(12, generator=generator)[:5] for _ in range(40)])
    row = torch.arange(40).repeat_interleave(2)
    held_out = torch.randint(12, (80,), generator=generator)
    found = []
    for lists, size in ((1, 1), (8, 3), (4096, 7), (4096, 40)):
        monkeypatch.setattr(module, "LISTS", lists)
        result = RankingMetrics(METRICS, [2, 5], num_items=12)
        for start in range(0, 40, size):
            inside = (row >= start) & (row < start + size)
            result.update(item[start : start + size], row[inside] - start, held_out[inside])
        found.append((result.compute(), result.per_user()))
    for mean, each in found[1:]:
        assert mean == pytest.approx(found[0][0], abs=1e-15)
        for name, values in each.items():
            assert torch.equal(values, found[0][1][name])


def test_wrong_lists_are_errors_at_once() -> None:
    result = RankingMetrics(["recall"], [2], num_items=3)
    none = torch.empty(0, dtype=torch.int64)
    for item in (torch.tensor([0, 1]), torch.tensor([[0]])):
        with pytest.raises(ValueError, match=r"'item' needs to be lists \[B, 2\] or longer"):
            result.update(item, none, none)
    with pytest.raises(ValueError, match=r"'row' needs to be of shape \[2\].*got \[0\]"):
        result.update(torch.tensor([[0, 1]]), none, torch.tensor([0, 1]))


def test_a_place_without_an_item_is_no_hit_and_covers_nothing() -> None:
    result = RankingMetrics(METRICS, [3], num_items=4)
    result.update(torch.tensor([[2, -1, -1], [3, 0, -1]]), torch.tensor([0, 0, 1]), torch.tensor([2, 3, 0]))
    got = result.compute()
    assert got["coverage@3"] == 3 / 4
    assert got["recall@3"] == pytest.approx((1 / 2 + 1) / 2)
    assert got["precision@3"] == pytest.approx(1 / 3)


def test_a_held_out_pair_given_twice_counts_once() -> None:
    once, twice = (RankingMetrics(METRICS, [2], num_items=9) for _ in range(2))
    lists, row, held_out = torch.tensor([[0, 1], [2, 3]]), torch.tensor([0, 0, 1]), torch.tensor([1, 7, 2])
    once.update(lists, row, held_out)
    twice.update(lists, row.repeat(2), held_out.repeat(2))
    assert once.compute() == twice.compute()


@pytest.mark.parametrize(
    ("ks", "num_items"), [([1.5], 9), ([True], 9), ([10], 9), ([1], 2.5), ([1], 0), (5, 9)]
)
def test_wrong_sizes(ks, num_items) -> None:
    with pytest.raises(ValueError, match="needs to be"):
        RankingMetrics(["recall"], ks, num_items)


def test_one_name_is_no_list_of_names() -> None:
    with pytest.raises(ValueError, match=r"'metrics' needs to be some of .*One name is a list of one"):
        RankingMetrics("recall", [1], 9)


def test_no_global_of_the_process_is_touched(monkeypatch) -> None:
    """Threads that evaluate, and others that train beside them, would see it."""
    monkeypatch.setattr(torch, "set_default_dtype", lambda dtype: pytest.fail("the default type is changed"))
    metrics = RankingMetrics(METRICS, (1, 2), 5)
    metrics.update(torch.tensor([[0, 1], [3, 4]]), torch.tensor([0, 1]), torch.tensor([1, 3]))
    found = metrics.compute()
    assert found["recall@2"] == 1.0
    assert found["ndcg@2"] == pytest.approx((1 / math.log2(3) + 1) / 2, abs=1e-15)
    assert all(value.dtype == torch.float64 for value in metrics.per_user().values())
