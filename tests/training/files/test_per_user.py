from pathlib import Path

import numpy as np
import torch

from pygmmrec.training import load_per_user
from pygmmrec.training.files.per_user import save_per_user


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "per_user.npz"
    recall = torch.tensor([0.5, 1 / 3, 0.0], dtype=torch.float64)
    save_per_user(path, torch.tensor([2, 5, 70_000]), {"recall@20": recall, "ndcg@20": 2 * recall})
    users, metrics = load_per_user(path)
    assert users.dtype == np.int32
    assert users.tolist() == [2, 5, 70_000]
    assert list(metrics) == ["recall@20", "ndcg@20"]
    assert metrics["recall@20"].dtype == np.float32
    np.testing.assert_array_equal(metrics["recall@20"], recall.numpy().astype(np.float32))
    np.testing.assert_array_equal(metrics["ndcg@20"], (2 * recall).numpy().astype(np.float32))
    assert [file.name for file in path.parent.iterdir()] == ["per_user.npz"]
