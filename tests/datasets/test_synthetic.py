"""Planted preferences: what each kind of knowledge is worth, in closed form."""

import time

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.data import validate_hetero_data
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.typing import INTERACTS, TEST, VALID


@pytest.fixture(scope="module")
def data() -> HeteroData:
    return SyntheticMultimodal()[0]


def dense(data: HeteroData, pairs: Tensor) -> Tensor:
    matrix = torch.zeros(data["user"].num_nodes, data["item"].num_nodes)
    matrix[pairs[0], pairs[1]] = 1
    return matrix  # [U, I]


def recall(score: Tensor, data: HeteroData, k: int = 20) -> float:
    """Recall@k over the users with test items, training items left out."""
    relevant = dense(data, data[INTERACTS][TEST])
    top = score.masked_fill(dense(data, data[INTERACTS].edge_index).bool(), -torch.inf).topk(k).indices
    users = relevant.sum(dim=1) > 0
    return float((relevant.gather(1, top).sum(dim=1) / relevant.sum(dim=1))[users].mean())


def by_content(data: HeteroData, *modalities: str) -> Tensor:
    """Cosine between an item and the mean of the user's training items."""
    centered = [data["item"][name] - data["item"][name].mean(dim=0) for name in modalities]
    features = F.normalize(torch.cat([F.normalize(x) for x in centered], dim=1))
    return dense(data, data[INTERACTS].edge_index) @ features @ features.T


def by_ids(data: HeteroData) -> Tensor:
    """Item-based nearest neighbours: cosine between columns of the training matrix."""
    train = dense(data, data[INTERACTS].edge_index)
    columns = F.normalize(train, dim=0)
    return train @ (columns.T @ columns).fill_diagonal_(0)


def by_popularity(data: HeteroData) -> Tensor:
    return dense(data, data[INTERACTS].edge_index).sum(dim=0).expand(data["user"].num_nodes, -1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_modalities_are_worth_more_together_than_alone(seed: int) -> None:
    data = SyntheticMultimodal(seed=seed)[0]
    together = recall(by_content(data, "visual", "text"), data)
    alone = [recall(by_content(data, name), data) for name in ("visual", "text")]
    popular = recall(by_popularity(data), data)
    assert together > 1.5 * max(alone)
    assert min(alone) > popular


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_content_adds_to_what_ids_tell(seed: int) -> None:
    data = SyntheticMultimodal(seed=seed)[0]
    scores = [by_ids(data), by_content(data, "visual", "text")]
    both = sum((score - score.mean(1, keepdim=True)) / score.std(1, keepdim=True) for score in scores)
    assert recall(both, data) > 1.15 * recall(scores[0], data)


def test_the_data_is_valid_small_and_quick() -> None:
    start = time.perf_counter()
    data = SyntheticMultimodal()[0]
    assert time.perf_counter() - start < 3
    validate_hetero_data(data)
    assert (data["user"].num_nodes, data["item"].num_nodes) == (1000, 1200)
    assert data["item"]["visual"].shape == (1200, 32)
    assert data["item"]["text"].shape == (1200, 24)
    assert 6_000 < data[INTERACTS].edge_index.size(1) < 10_000


def test_users_are_sparse_and_some_items_cold(data: HeteroData) -> None:
    user_degree = torch.bincount(data[INTERACTS].edge_index[0], minlength=1000)
    assert (user_degree <= 5).float().mean() > 0.3
    assert user_degree.max() > 5 * user_degree.median()
    cold = torch.bincount(data[INTERACTS].edge_index[1], minlength=1200) == 0
    assert 72 <= cold.sum() < 240
    for part in (VALID, TEST):
        assert cold[data[INTERACTS][part][1]].sum() > 20


def test_a_seed_gives_the_same_data() -> None:
    first, second, other = (SyntheticMultimodal(60, 80, seed=seed)[0] for seed in (3, 3, 4))
    assert torch.equal(first[INTERACTS].edge_index, second[INTERACTS].edge_index)
    assert torch.equal(first["item"]["text"], second["item"]["text"])
    assert not torch.equal(first["item"]["text"], other["item"]["text"])


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]])
def test_there_may_be_any_number_of_modalities(names: list[str]) -> None:
    item = SyntheticMultimodal(50, 60, dict.fromkeys(names, 4))[0]["item"]
    assert [name for name in names if item[name].shape == (60, 4)] == names


class Mark(BaseTransform):
    """Leaves a sign."""

    def __init__(self, name: str) -> None:
        self.name = name

    def forward(self, data: HeteroData) -> HeteroData:
        data["item"][self.name] = torch.zeros(3)
        return data


def test_transforms_are_applied() -> None:
    dataset = SyntheticMultimodal(50, 60, transform=Mark("late"), pre_transform=Mark("early"))
    assert "late" in dataset[0]["item"]
    assert "early" in dataset[0]["item"]
    dataset.transform = None
    assert "late" not in dataset[0]["item"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_users": 0}, r"'num_users' needs to be at least 1 in 'SyntheticMultimodal' \(got 0\)"),
        ({"num_items": 10}, r"'num_items' needs to be at least 50 .* \(got 10\)"),
        ({"modalities": {}}, r"'modalities' needs to be a mapping from names .* \(got \{\}\)"),
        ({"modalities": {"a": 0}}, r"'modalities' needs to be a mapping .* \(got \{'a': 0\}\)"),
        ({"modalities": {"keys": 4}}, r"'features' needs to be keyed by modality names that are free"),
        ({"num_factors": 1}, r"'num_factors' needs to be at least 2, one per modality .* \(got 1\)"),
        ({"mean_activity": 5}, r"'mean_activity' needs to be above 5 and at most 300 .* \(got 5\)"),
        ({"cold_share": 0.9}, r"'cold_share' needs to be between 0 and 0.5 .* \(got 0.9\)"),
        ({"noise": -1.0}, r"'noise' needs to be at least 0 .* \(got -1.0\)"),
        ({"seed": -1}, r"'seed' needs to be between 0 and .* \(got -1\)"),
    ],
)
def test_bad_arguments_are_errors(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SyntheticMultimodal(**arguments)


def test_a_repr_tells_everything() -> None:
    text = repr(SyntheticMultimodal(50, 60, {"a": 3}, noise=0.5, seed=7))
    assert text == (
        "SyntheticMultimodal(num_users=50, num_items=60, modalities={'a': 3}, num_factors=12, "
        "mean_activity=11.0, cold_share=0.06, noise=0.5, seed=7)"
    )
