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
    names = r"\('synthetic', 'tiktok', 'lfm2k', 'baby', 'sports', 'clothing', 'electronics', 'ml-100k', "
    names += r"'ml-1m', 'folder'\)"
    with pytest.raises(ValueError, match=f"'name' needs to be one of {names}"):
        load_dataset("books")
    with pytest.raises(ValueError, match=r"'root' needs to be given for 'tiktok' .*--root"):
        load_dataset("tiktok")
    with pytest.raises(ValueError, match=r"'root' needs to be given for 'lfm2k' .*--root"):
        load_dataset("lfm2k")
    with pytest.raises(ValueError, match="'root' needs to be left out for 'synthetic'"):
        load_dataset("synthetic", "somewhere")


@pytest.mark.parametrize("name", ["baby", "sports", "clothing", "electronics", "ml-100k", "ml-1m"])
def test_a_published_set_is_the_one_of_that_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYGMMREC_DATA", str(tmp_path))
    kind = "MovieLens" if name.startswith("ml") else "Amazon"
    for _ in range(2):
        with pytest.raises(ValueError, match=rf"in '{kind}' .*(grouplens.org|github.com)"):
            load_dataset(name)
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "other.inter").touch()
