from pathlib import Path

import pytest

from pygmmrec.datasets import LastFM2K, SyntheticMultimodal, TikTok, load_dataset


def test_by_name(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(load_dataset("tiktok", real_data / "tiktok"), TikTok)
    assert isinstance(load_dataset("lfm2k", real_data / "lfm2k"), LastFM2K)
    monkeypatch.setenv("PYGMMREC_DATA", str(real_data))
    assert load_dataset("tiktok")[0]["item"].num_nodes == 6710
    assert load_dataset("lfm2k")[0]["item"].num_nodes == 1425
    assert load_dataset("folder", real_data / "tiktok")[0]["user"].num_nodes == 9308


def test_synthetic_with_options() -> None:
    dataset = load_dataset("synthetic", num_users=50, num_items=60)
    assert isinstance(dataset, SyntheticMultimodal)
    assert dataset[0]["user"].num_nodes == 50


def test_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYGMMREC_DATA", raising=False)
    names = r"\('synthetic', 'tiktok', 'lfm2k', 'folder'\)"
    with pytest.raises(ValueError, match=f"'name' needs to be one of {names}"):
        load_dataset("baby")
    with pytest.raises(ValueError, match=r"'root' needs to be given for 'tiktok' .*--root"):
        load_dataset("tiktok")
    with pytest.raises(ValueError, match=r"'root' needs to be given for 'lfm2k' .*--root"):
        load_dataset("lfm2k")
    with pytest.raises(ValueError, match="'root' needs to be left out for 'synthetic'"):
        load_dataset("synthetic", "somewhere")
