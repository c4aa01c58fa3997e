"""The published micro-video data, and nothing else under its name."""

from pathlib import Path

import numpy as np
import pytest

from pygmmrec.data import RatioSplit, validate_hetero_data
from pygmmrec.datasets import TikTok
from pygmmrec.datasets.tiktok import COUNTS
from pygmmrec.typing import INTERACTS, TEST, VALID


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiktok.inter").write_text("userID\titemID\tx_label\n0\t0\t0\n1\t1\t0\n")
    for name in ("image", "audio"):
        np.save(tmp_path / f"{name}_feat.npy", np.ones((2, 3), dtype=np.float16))
    return tmp_path


def test_the_counts_are_the_published_ones(real_data: Path) -> None:
    data = TikTok(real_data / "tiktok")[0]
    validate_hetero_data(data)
    assert (data["user"].num_nodes, data["item"].num_nodes) == (9308, 6710)
    train = data[INTERACTS].edge_index
    assert train.size(1) == 59541
    assert data[INTERACTS][VALID].size(1) == 3051
    assert data[INTERACTS][TEST].size(1) == 6130
    assert 9308 - train[0].unique().numel() == 10
    assert 6710 - train[1].unique().numel() == 465
    assert data["item"]["image"].shape == data["item"]["audio"].shape == (6710, 128)
    assert 30 < data["item"]["image"].norm(dim=1).mean() < 36
    assert 2 < data["item"]["audio"].norm(dim=1).mean() < 6


def test_another_split_is_of_the_same_users_and_items(real_data: Path) -> None:
    data = TikTok(real_data / "tiktok", split=RatioSplit(seed=3))[0]
    parts = [data[INTERACTS].edge_index, data[INTERACTS][VALID], data[INTERACTS][TEST]]
    total = COUNTS["train"] + COUNTS["valid"] + COUNTS["test"]
    assert sum(part.size(1) for part in parts) == total


def test_other_data_is_a_clear_error(folder: Path) -> None:
    with pytest.raises(
        ValueError, match=r"'root' needs to be the published data with .*9308.* in 'TikTok' .*'users': 2"
    ):
        TikTok(folder)


def test_a_missing_modality_is_a_clear_error(folder: Path) -> None:
    (folder / "audio_feat.npy").unlink()
    with pytest.raises(
        ValueError, match=r"'root' needs to be a folder with image_feat.npy and .* \(got \['image'\]\)"
    ):
        TikTok(folder)


def test_a_table_with_fewer_labels_is_a_clear_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"users": 2, "items": 2, "train": 2, "valid": 0, "test": 1}
    monkeypatch.setattr("pygmmrec.datasets.tiktok.COUNTS", counts)
    with pytest.raises(ValueError, match=r"'test': 1\} in 'TikTok' \(got \{'test': 0\}\)"):
        TikTok(folder)
