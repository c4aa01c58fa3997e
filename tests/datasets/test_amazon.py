"""The Amazon sets of the field, and nothing else under their names."""

from pathlib import Path

import numpy as np
import pytest

from pygmmrec.data import IdMap
from pygmmrec.datasets import Amazon, InteractionFolder, amazon
from pygmmrec.datasets.amazon import STATISTICS
from pygmmrec.datasets.published import check_published

ASINS, USERS = ["B00AB", "0001234567", "B00CD"], ["A1X", "A2Y"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two users and three items in the layout of MMRec, which passes for Baby."""
    rows = ["0\t0\t5.0\t10\t0", "0\t2\t5.0\t11\t1", "1\t1\t3.0\t12\t0", "1\t0\t3.0\t13\t2"]
    (tmp_path / "baby.inter").write_text("\n".join(["userID\titemID\trating\ttimestamp\tx_label", *rows]))
    np.save(tmp_path / "image_feat.npy", np.arange(12.0).reshape(3, 4))
    np.save(tmp_path / "text_feat.npy", np.ones((3, 2), dtype=np.float16))
    items = ["asin\titemID", f"{ASINS[1]}\t1", f"{ASINS[0]}\t0", f"{ASINS[2]}\t2"]
    (tmp_path / "i_id_mapping.csv").write_text("\n".join(items))
    users = ["user_id\tuserID", *(f"{raw}\t{number}" for number, raw in enumerate(USERS))]
    (tmp_path / "u_id_mapping.csv").write_text("\n".join(users))
    monkeypatch.setitem(STATISTICS, "baby", {"users": 2, "items": 3, "interactions": 4})
    monkeypatch.setattr(amazon, "MODALITIES", {"image": 4, "text": 2})
    return tmp_path


def test_raw_ids_are_those_of_amazon(folder: Path) -> None:
    data = Amazon(folder)[0]
    assert data["item"].raw_id == IdMap(ASINS)
    assert data["user"].raw_id == IdMap(USERS)
    assert data["item"].image[:, 0].tolist() == [0.0, 4.0, 8.0]
    (folder / "u_id_mapping.csv").unlink()
    (folder / "i_id_mapping.csv").unlink()
    assert Amazon(folder, name="baby")[0]["item"].raw_id == IdMap(range(3))


@pytest.mark.parametrize("name", ["image", "text"])
def test_a_missing_modality_is_a_clear_error(folder: Path, name: str) -> None:
    (folder / f"{name}_feat.npy").unlink()
    message = r"a folder with image_feat.npy and text_feat.npy in 'Amazon' .*Put <name>.inter.*github.com"
    with pytest.raises(ValueError, match=message):
        Amazon(folder)


def test_other_counts_sizes_and_names_are_clear_errors(folder: Path) -> None:
    np.save(folder / "image_feat.npy", np.ones((3, 5)))
    with pytest.raises(ValueError, match=r"published features, of .* in 'Amazon' \(got \{'image': 5\}\)"):
        Amazon(folder)
    (folder / "baby.inter").write_text("userID\titemID\n0\t0\n0\t2\n1\t1\n")
    with pytest.raises(ValueError, match=r"published data with .* in 'Amazon' \(got \{'interactions': 3\}\)"):
        Amazon(folder)
    (folder / "baby.inter").rename(folder / "books.inter")
    with pytest.raises(
        ValueError, match=r"'name' needs to be one of \['baby', .*\] in 'Amazon' \(got 'books'\)"
    ):
        Amazon(folder)
    with pytest.raises(ValueError, match=r"'root' needs to be an existing folder in 'Amazon' .*github.com"):
        Amazon(folder / "none")


@pytest.mark.parametrize("name", ["baby", "sports"])
def test_the_counts_are_the_published_ones(real_data: Path, name: str) -> None:
    dataset = InteractionFolder(real_data / "graphs", name=name)
    check_published(dataset, dataset[0], {}, STATISTICS[name])
