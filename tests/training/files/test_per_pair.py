from pathlib import Path

import numpy as np
import pytest
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


def test_another_file_is_a_clear_error(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", user=np.arange(3))
    with pytest.raises(
        ValueError, match=r"'path' needs to be a .npz file with the arrays .* in 'load_per_pair'"
    ):
        load_per_pair(tmp_path / "other.npz")


def test_a_pair_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "per_pair.npz"
    save_per_pair(path, torch.tensor([[2, 2, 2], [5, 1, 5]]), torch.arange(3), torch.arange(3))
    with pytest.raises(ValueError, match=r"rows that differ in \['user', 'item'\] in 'load_per_pair'"):
        load_per_pair(path)


def test_degrees_and_places_are_counts(tmp_path: Path) -> None:
    path = tmp_path / "per_pair.npz"
    save_per_pair(path, torch.arange(6).view(2, 3), torch.arange(3), torch.tensor([0, -1, 2]))
    with pytest.raises(ValueError, match="whole numbers from zero in 'place'"):
        load_per_pair(path)
