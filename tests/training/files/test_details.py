from pathlib import Path

import torch

from pygmmrec.evaluation import BeyondAccuracy, RankingMetrics
from pygmmrec.training import load_per_pair, load_per_user
from pygmmrec.training.files.details import save_details


def test_lists_of_two_users_by_hand(toy_data, tmp_path: Path) -> None:
    edge_index = torch.tensor([[0, 0, 1, 1, 1, 2, 2], [0, 1, 0, 2, 3, 0, 1]])
    beyond = BeyondAccuracy(toy_data(edge_index, 3, 5, num_modalities=0), 2)
    metrics = RankingMetrics(["recall", "ndcg", "mrr"], [1, 2], 5)
    users, lists = torch.tensor([0, 2]), torch.tensor([[2, 3], [4, 3]])
    row, held_out = torch.tensor([0, 0, 1]), torch.tensor([3, 4, 4])
    metrics.update(lists, row, held_out)
    beyond.update(users, lists, row, held_out)
    save_details(tmp_path, users, metrics, beyond)

    found, values = load_per_user(tmp_path / "test_per_user.npz")
    assert found.tolist() == [0, 2]
    assert list(values) == ["recall@2", "ndcg@2", "popularity@2", "degree"]
    assert values["recall@2"].tolist() == [0.5, 1.0]
    assert values["popularity@2"].tolist() == [1.0, 0.5]
    assert values["degree"].tolist() == [2, 2]
    pairs = load_per_pair(tmp_path / "test_per_pair.npz")
    assert pairs.user.tolist() == [0, 0, 2]
    assert pairs.item.tolist() == [3, 4, 4]
    assert pairs.degree.tolist() == [1, 0, 0]
    assert pairs.place.tolist() == [2, 0, 1]
    assert {file.name for file in tmp_path.iterdir()} == {"test_per_user.npz", "test_per_pair.npz"}
