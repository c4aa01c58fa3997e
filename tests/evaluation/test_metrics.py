import pytest
import torch

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
        with pytest.raises(IndexError):
            result.update(torch.tensor([0]), torch.tensor([0]), torch.tensor([0]))
        assert torch.get_default_dtype() == dtype
    finally:
        torch.set_default_dtype(before)
