from pathlib import Path

import numpy as np
import torch

from pygmmrec.training import load_per_pair
from pygmmrec.training.files.per_pair import PerPair, save_per_pair


def test_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "per_pair.npz"
    pairs = torch.tensor([[2, 2, 70_000], [5, 1, 9]])
    save_per_pair(path, pairs, torch.tensor([3, 0, 80_000]), torch.tensor([0, 50, 1]))
    found = load_per_pair(path)
    assert isinstance(found, PerPair)
    assert all(column.dtype == np.int32 for column in found)
    assert found.user.tolist() == [2, 2, 70_000]
    assert found.item.tolist() == [5, 1, 9]
    assert found.degree.tolist() == [3, 0, 80_000]
    assert found.place.tolist() == [0, 50, 1]
    assert [file.name for file in path.parent.iterdir()] == ["per_pair.npz"]
