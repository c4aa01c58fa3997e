import math

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.evaluation import BeyondAccuracy
from pygmmrec.evaluation.evaluate import measure
from pygmmrec.models import LightGCN
from pygmmrec.typing import INTERACTS, TEST, available_key

EDGES = torch.tensor([[0, 0, 1, 1, 2], [0, 1, 0, 2, 0]])
"""Items 0 to 4 have 3, 1, 1, 0 and 0 training edges."""


def world(**features: torch.Tensor) -> HeteroData:
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = 3, 5
    data[INTERACTS].edge_index = EDGES
    for name, x in features.items():
        data["item"][name] = x
    return data


def test_popularity_and_places_by_hand() -> None:
    result = BeyondAccuracy(world(), 2)
    lists = torch.tensor([[0, 1, 4], [3, 4, 0]])
    result.update(torch.tensor([1, 2]), lists, torch.tensor([0, 0, 1]), torch.tensor([4, 2, 3]))
    assert result.per_user()["popularity@2"].tolist() == [2.0, 0.0]
    assert result.compute() == {"popularity@2": 1.0}  # no modality, no diversity
    pairs, places = result.places()
    assert pairs.tolist() == [[1, 1, 2], [4, 2, 3]]
    assert places.tolist() == [3, 0, 1]
    assert result.user_degree.tolist() == [2, 2, 1]
    assert result.item_degree.tolist() == [3, 1, 1, 0, 0]
    assert repr(result) == "BeyondAccuracy(k=2)"


def test_diversity_by_hand() -> None:
    # At angles of 0, 60, 90 and 180 degrees, of different lengths; the last item has no features at all.
    angle = torch.tensor([0.0, 60.0, 90.0, 180.0]).deg2rad()
    look = torch.stack([angle.cos(), angle.sin()], dim=1) * torch.tensor([[1.0], [2.0], [0.5], [3.0]])
    look = torch.cat([look, torch.zeros(1, 2)])
    result = BeyondAccuracy(world(look=look), 3)
    result.update(torch.tensor([0]), torch.tensor([[0, 1, 3]]), torch.empty(0).long(), torch.empty(0).long())
    expected = 1 - (math.cos(math.pi / 3) + math.cos(math.pi) + math.cos(2 * math.pi / 3)) / 3
    assert result.compute()["diversity@3"] == pytest.approx(expected, abs=1e-7)


def test_diversity_is_the_mean_over_pairs_that_both_have_the_modality() -> None:
    x, y = torch.randn(5, 4), torch.randn(5, 3)
    has = torch.tensor([True, False, True, True, False])
    data = world(x=x, y=y.masked_fill(~has.unsqueeze(1), 0.0))
    data["item"][available_key("y")] = has
    result = BeyondAccuracy(data, 4)
    lists = torch.tensor([[0, 1, 2, 3], [4, 1, 2, 0]])
    result.update(torch.tensor([0, 1]), lists, torch.tensor([0]), torch.tensor([0]))
    for values, top in zip(result.per_user()["diversity@4"], lists.tolist(), strict=True):
        distances = []
        for a in top:
            for b in top:
                if a != b:
                    distances.append(1 - torch.cosine_similarity(x[a], x[b], dim=0))
                if a != b and has[a] and has[b]:
                    distances.append(1 - torch.cosine_similarity(y[a], y[b], dim=0))
        assert float(values) == pytest.approx(float(torch.stack(distances).mean()), abs=1e-6)


def test_a_list_without_a_pair_has_no_diversity() -> None:
    data = world(x=torch.tensor([[1.0], [0.0], [0.0], [0.0], [2.0]]))
    data["item"][available_key("x")] = torch.tensor([True, False, False, False, True])
    result = BeyondAccuracy(data, 2)
    none = torch.empty(0, dtype=torch.int64)
    result.update(torch.tensor([0, 1, 2]), torch.tensor([[1, 2], [0, 1], [0, 4]]), none, none)
    assert result.per_user()["diversity@2"].tolist() == [0.0, 0.0, 0.0]


def test_one_scoring_for_hits_and_for_what_is_beyond(toy_data) -> None:
    data = LightGCN.pre_transform()(toy_data(dtype=torch.float32))
    data[INTERACTS][TEST] = torch.tensor([[0, 0, 3, 8], [1, 2, 0, 10]])
    model = LightGCN.from_data(data)
    beyond = BeyondAccuracy(data, 3)
    users, result, _ = measure(model, data, "test", [3, 5], block_size=2, also=[beyond])
    assert users.tolist() == [0, 3, 8]
    pairs, places = beyond.places()
    assert torch.equal(pairs, data[INTERACTS][TEST])
    hits = ((places > 0) & (places <= 3)).double()
    by_user = torch.stack([hits[:2].mean(), hits[2], hits[3]])
    assert result.compute()["recall@3"] == pytest.approx(float(by_user.mean()), abs=1e-12)
    assert beyond.per_user()["popularity@3"].shape == (3,)


def test_a_list_length_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="'k' needs to be between 1 and the number of items"):
        BeyondAccuracy(world(), 6)


def test_what_fills_up_a_list_counts_for_nothing() -> None:
    x = torch.randn(5, 4)
    result, shorter = BeyondAccuracy(world(x=x), 4), BeyondAccuracy(world(x=x), 2)
    none = torch.empty(0, dtype=torch.int64)
    result.update(torch.tensor([0]), torch.tensor([[0, 1, -1, -1]]), none, none)
    shorter.update(torch.tensor([0]), torch.tensor([[0, 1]]), none, none)
    assert result.per_user()["popularity@4"].tolist() == [2.0]
    assert result.compute()["diversity@4"] == pytest.approx(shorter.compute()["diversity@2"], abs=1e-12)
    result.update(torch.tensor([1]), torch.tensor([[-1, -1, -1, -1]]), none, none)
    assert result.per_user()["popularity@4"].tolist() == [2.0, 0.0]
    assert float(result.per_user()["diversity@4"][1]) == 0.0


def test_lists_are_compared_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    data, lists = world(x=torch.randn(5, 4)), torch.stack([torch.randperm(5)[:3] for _ in range(7)])
    none, values = torch.empty(0, dtype=torch.int64), []
    for size in (2**22, 1, 200):
        monkeypatch.setattr("pygmmrec.evaluation.beyond_accuracy.BLOCK_BYTES", size)
        result = BeyondAccuracy(data, 3)
        result.update(torch.arange(7), lists, none, none)
        values.append(result.per_user()["diversity@3"])
    assert all(torch.allclose(value, values[0], rtol=0, atol=1e-14) for value in values)


def test_memory_of_diversity_does_not_grow_with_the_block_of_users(monkeypatch: pytest.MonkeyPatch) -> None:
    import pygmmrec.evaluation.beyond_accuracy as module

    sizes, alike = [], module._alike

    def spying(x: torch.Tensor, top: torch.Tensor, has: torch.Tensor) -> torch.Tensor:
        sizes.append(top.numel() * x.size(1) * 8)
        return alike(x, top, has)

    monkeypatch.setattr(module, "_alike", spying)
    data = world(x=torch.randn(5, 4096))
    none = torch.empty(0, dtype=torch.int64)
    BeyondAccuracy(data, 5).update(torch.arange(3).repeat(100), torch.arange(5).expand(300, 5), none, none)
    assert max(sizes) <= module.BLOCK_BYTES


@pytest.mark.parametrize("k", [0, 6, 2.0, True])
def test_no_list_length(k: object) -> None:
    with pytest.raises(ValueError, match="'k' needs to be"):
        BeyondAccuracy(world(), k)  # type: ignore[arg-type]
