from pathlib import Path

import numpy as np
import pytest
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


def test_a_damaged_file_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "per_user.npz"
    save_per_user(path, torch.arange(3), {"recall@20": torch.zeros(3)})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match=r"'path' needs to be a complete .npz file in 'load_per_user'"):
        load_per_user(path)


def test_a_user_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "per_user.npz"
    save_per_user(path, torch.tensor([1, 2, 1]), {"recall@20": torch.zeros(3)})
    with pytest.raises(ValueError, match=r"rows that differ in \['user'\] in 'load_per_user'"):
        load_per_user(path)
