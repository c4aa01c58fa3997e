"""The published Last.fm data with three modalities, and nothing else under its name."""

from pathlib import Path

import numpy as np
import pytest

from pygmmrec.data import RatioSplit, validate_hetero_data
from pygmmrec.datasets import LastFM2K
from pygmmrec.datasets.lastfm_2k import COUNTS, MODALITIES
from pygmmrec.typing import INTERACTS, TEST, VALID


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lfm2k.inter").write_text("userID\titemID\trating\tx_label\n0\t0\t1\t0\n1\t1\t1\t0\n")
    for name in MODALITIES:
        np.save(tmp_path / f"{name}_feat.npy", np.ones((2, 3), dtype=np.float32))
    return tmp_path


def test_the_counts_are_the_published_ones(real_data: Path) -> None:
    data = LastFM2K(real_data / "lfm2k")[0]
    validate_hetero_data(data)
    assert (data["user"].num_nodes, data["item"].num_nodes) == (1858, 1425)
    train = data[INTERACTS].edge_index
    assert train.size(1) == 44327
    assert data[INTERACTS][VALID].size(1) == 4799
    assert data[INTERACTS][TEST].size(1) == 7219


def test_what_its_docstring_says_of_users_and_features(real_data: Path) -> None:
    data = LastFM2K(real_data / "lfm2k")[0]
    user, item = data[INTERACTS].edge_index
    assert item.unique().numel() == 1425
    degree = user.bincount(minlength=1858)
    assert (degree.min() > 0, degree.median(), degree.max()) == (True, 25, 40)
    assert {name: data["item"][name].size(1) for name in MODALITIES} == {
        "text": 384,
        "audio": 128,
        "speech": 512,
    }
    length = {name: float(data["item"][name].norm(dim=1).mean()) for name in MODALITIES}
    assert length["text"] == pytest.approx(1.0, abs=1e-4)
    assert 1400 < length["audio"] < 1600
    assert 16 < length["speech"] < 18
    assert not any(f"{name}_available" in data["item"] for name in MODALITIES)


def test_another_split_is_of_the_same_users_and_items(real_data: Path) -> None:
    data = LastFM2K(real_data / "lfm2k", split=RatioSplit(seed=3))[0]
    parts = [data[INTERACTS].edge_index, data[INTERACTS][VALID], data[INTERACTS][TEST]]
    assert sum(part.size(1) for part in parts) == COUNTS["train"] + COUNTS["valid"] + COUNTS["test"]


def test_other_data_is_a_clear_error(folder: Path) -> None:
    with pytest.raises(
        ValueError, match=r"'root' needs to be the published data with .*1858.* in 'LastFM2K' .*'users': 2"
    ):
        LastFM2K(folder)


def test_a_missing_modality_is_a_clear_error(folder: Path) -> None:
    (folder / "speech_feat.npy").unlink()
    with pytest.raises(
        ValueError, match=r"needs to be a folder with .*speech_feat.npy .* \(got \['audio', 'text'\]\)"
    ):
        LastFM2K(folder)
