"""The field's folder layout, read without leaving a trace in it."""

import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from torch_geometric.data import HeteroData, InMemoryDataset
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.data import Columns, IdMap, Positives, RatioSplit, UserTemporalSplit
from pygmmrec.data.ids_file import write_ids
from pygmmrec.datasets import InteractionFolder
from pygmmrec.typing import INTERACTS, TEST, VALID

HEADER = "userID\titemID\trating\ttimestamp\tx_label\n"
ROWS = "0\t0\t5\t10\t0\n0\t2\t3.5\t11\t0\n1\t1\t1\t12\t0\n1\t3\t2\t13\t1\n0\t1\t2\t14\t2\n"
MATRIX = np.arange(8, dtype=np.float16).reshape(4, 2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "baby.inter").write_text(HEADER + ROWS)
    np.save(folder / "image_feat.npy", MATRIX)
    np.save(folder / "text_feat.npy", MATRIX[:, :1])
    return folder


class Double(BaseTransform):
    """Doubles the image features and counts how often."""

    calls = 0

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def forward(self, data: HeteroData) -> HeteroData:
        Double.calls += 1
        data["item"]["image"] = data["item"]["image"] * self.factor
        return data

    def __repr__(self) -> str:
        return f"Double({self.factor})"


def test_the_folder_is_read(root: Path) -> None:
    dataset = InteractionFolder(root)
    assert isinstance(dataset, InMemoryDataset)
    assert len(dataset) == 1
    data = dataset[0]
    assert data["item"]["image"].tolist() == MATRIX.tolist()
    assert data["item"]["text"].tolist() == MATRIX[:, :1].tolist()
    assert data["item"].raw_id == IdMap(range(4))
    assert data[INTERACTS].edge_index.tolist() == [[0, 0, 1], [0, 2, 1]]
    assert data[INTERACTS].rating.tolist() == [5.0, 3.5, 1.0]
    assert data[INTERACTS].timestamp.tolist() == [10, 11, 12]
    assert data[INTERACTS][VALID].tolist() == [[1], [3]]
    assert data[INTERACTS][TEST].tolist() == [[0], [1]]
    settings = "split=None, missing='error', positives=None"
    assert repr(dataset) == f"InteractionFolder('baby', modalities=['image', 'text'], {settings})"


def test_nothing_is_written_into_the_folder(root: Path, tmp_path: Path) -> None:
    before = sorted(root.rglob("*"))
    InteractionFolder(root, pre_transform=Double())
    InteractionFolder(root, pre_transform=Double(), cache_dir=tmp_path / "cache")
    assert sorted(root.rglob("*")) == before
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".pt"]


def test_a_split_has_a_name(root: Path, tmp_path: Path) -> None:
    (root / "baby.inter").write_text(HEADER + "".join(f"0\t{item}\t1\t{9 - item}\t0\n" for item in range(4)))
    named, made = (
        InteractionFolder(root, split=split, cache_dir=tmp_path / "cache")
        for split in ("temporal", UserTemporalSplit())
    )
    assert named[0][INTERACTS][TEST].tolist() == [[0], [0]]
    assert (named.split, repr(named)) == (UserTemporalSplit(), repr(made))
    assert len(list((tmp_path / "cache").iterdir())) == 1  # one file for both
    assert made[0].origin == named[0].origin == InteractionFolder(root, split="temporal")[0].origin
    with pytest.raises(ValueError, match=r"'split' needs to be one of the names .*in 'InteractionFolder'"):
        InteractionFolder(root, split="random")  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", [".pt", ".npz", ".safetensors", ".parquet"])
def test_features_come_in_any_format(root: Path, suffix: str) -> None:
    (root / "text_feat.npy").unlink()
    path, matrix = root / f"text_feat{suffix}", MATRIX.astype(np.float32)
    if suffix == ".pt":
        torch.save(torch.from_numpy(matrix), path)
    elif suffix == ".npz":
        np.savez(path, matrix)
    elif suffix == ".safetensors":
        save_file({"text": torch.from_numpy(matrix)}, path)
    else:
        pd.DataFrame({"item_id": [3, 1, 0, 2], "emb": list(matrix[[3, 1, 0, 2]])}).to_parquet(path)
    dataset = InteractionFolder(root)
    assert list(dataset.feature_files) == ["image", "text"]
    assert dataset[0]["item"].text.tolist() == matrix.tolist()
    np.save(root / "text_feat.npy", matrix)
    with pytest.raises(ValueError, match=r"one file for each modality .*text_feat.npy"):
        InteractionFolder(root)


def test_half_precision_stays_in_the_cache_too(root: Path, tmp_path: Path) -> None:
    for _ in range(2):
        item = InteractionFolder(root, cache_dir=tmp_path / "cache")[0]["item"]
        assert (item.image.dtype, item.text.dtype) == (torch.float16, torch.float16)


def test_other_ids_beside_the_same_features_are_another_graph(root: Path, tmp_path: Path) -> None:
    (root / "text_feat.npy").unlink()
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        write_ids(IdMap(order), root / "image_feat.npy")
        image = InteractionFolder(root, cache_dir=tmp_path / "cache")[0]["item"].image
        assert image[order].tolist() == MATRIX.tolist()


def test_raw_ids_are_the_original_ones_where_a_file_says_them(root: Path, tmp_path: Path) -> None:
    numbers = InteractionFolder(root)[0]
    (root / "i_id_mapping.csv").write_text("asin\titemID\nB3\t3\nB0\t0\nB1\t1\nB2\t2\n")
    (root / "u_id_mapping.csv").write_text("user_id\tuserID\nA0\t0\nA1\t1\nA2\t2\n")
    pd.DataFrame({"a": MATRIX[::-1, 0]}, index=["B3", "B2", "B1", "B0"], dtype="float32").to_parquet(
        root / "extra_feat.parquet"
    )
    for _ in range(2):
        data = InteractionFolder(root, cache_dir=tmp_path / "cache")[0]
        assert data["item"].raw_id == IdMap(["B0", "B1", "B2", "B3"])
        assert data["user"].raw_id == IdMap(["A0", "A1"])
        assert torch.equal(data[INTERACTS].edge_index, numbers[INTERACTS].edge_index)
        assert data["item"].extra.tolist() == MATRIX[:, :1].tolist()
    (root / "i_id_mapping.csv").write_text("asin\titemID\nC3\t3\nC0\t0\nC1\t1\nC2\t2\n")
    with pytest.raises(ValueError, match=r"extra_feat.parquet' needs .* ids are in i_id_mapping.csv"):
        InteractionFolder(root, cache_dir=tmp_path / "cache")
    (root / "extra_feat.parquet").unlink()
    assert InteractionFolder(root, cache_dir=tmp_path / "cache")[0]["item"].raw_id.ids[0] == "C0"
    (root / "u_id_mapping.csv").write_text("user_id\tuserID\nA0\t0\n")
    with pytest.raises(ValueError, match=r"a row for each id of the table .*u_id_mapping.csv' without \[1\]"):
        InteractionFolder(root)


def test_a_table_is_chosen_by_name(root: Path) -> None:
    (root / "sports.inter").write_text(HEADER + "0\t3\t1\t1\t0\n")
    assert InteractionFolder(root, name="sports")[0][INTERACTS].edge_index.tolist() == [[0], [3]]
    with pytest.raises(
        ValueError, match=r"'root' needs to be a folder with one .inter .* 'sports.inter'\]\). Choose"
    ):
        InteractionFolder(root)


def test_splits_and_columns_are_passed_on(root: Path) -> None:
    dataset = InteractionFolder(root, split=RatioSplit((1.0, 0.0, 0.0)), columns=Columns(rating=None))
    assert dataset[0][INTERACTS].edge_index.size(1) == 5
    assert "rating" not in dataset[0][INTERACTS]


def test_one_access_does_not_change_the_next(root: Path) -> None:
    dataset = InteractionFolder(root, transform=Double())
    for _ in range(2):
        assert dataset[0]["item"]["image"].tolist() == (2 * MATRIX).tolist()


def test_the_second_time_is_read_from_the_cache(root: Path, tmp_path: Path) -> None:
    Double.calls = 0
    for _ in range(2):
        data = InteractionFolder(root, pre_transform=Double(), cache_dir=tmp_path / "cache")[0]
        assert data["item"]["image"].tolist() == (2 * MATRIX).tolist()
        assert data["item"].raw_id == IdMap(range(4))
    assert Double.calls == 1
    InteractionFolder(root, pre_transform=Double(), cache_dir=tmp_path / "cache", force_reload=True)
    assert Double.calls == 2


def test_settings_and_files_never_share_a_cache(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for factor in (2.0, 3.0):
        data = InteractionFolder(root, pre_transform=Double(factor), cache_dir=cache)[0]
        assert data["item"]["image"][1, 0] == 2 * factor
    assert InteractionFolder(root, cache_dir=cache)[0]["item"]["image"][1, 0] == 2
    assert InteractionFolder(root, pre_transform=Compose([Double()]), cache_dir=cache)[0]
    assert InteractionFolder(root, split=RatioSplit(), cache_dir=cache)[0][INTERACTS][TEST].size(1) == 1
    (root / "text_feat.npy").unlink()
    assert "text" not in InteractionFolder(root, cache_dir=cache)[0]["item"]
    np.save(root / "image_feat.npy", MATRIX.astype(np.float32) + 1)
    assert InteractionFolder(root, cache_dir=cache)[0]["item"]["image"][0, 0] == 1
    assert len(list(cache.iterdir())) == 7


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("baby.inter", b"", "'path' needs to be a file with rows below its header"),
        (
            "baby.inter",
            b"userID\tartist\n0\t1\n",
            r"'columns.item' needs to be one of the columns .* \(got 'itemID'\)",
        ),
        (
            "baby.inter",
            b"userID\titemID\n0\t4\n",
            r"'interactions.item of .*baby.inter' needs to be within 0 to 3.* \(got \[4\]\)",
        ),
        (
            "baby.inter",
            b"userID\titemID\n0\ta\n",
            r"'interactions.item of .*baby.inter' needs to be within 0 to 3.* \(got \['a'\]\)",
        ),
        (
            "baby.inter",
            b"userID\titemID\tx_label\n0\t1\t5\n",
            r"'label of .*baby.inter' needs to be 0 \(train\).* \(got \[5\]\)",
        ),
        (
            "baby.inter",
            b"userID\titemID\tx_label\n0\t1\t2\n",
            "'interactions' needs to be a table with training rows",
        ),
        ("text_feat.npy", b"\x93NUMPY", r"'path' needs to be a complete .npy file .*text_feat.npy"),
        ("text_feat.npy", pickle.dumps([1]), r"'path' needs to be a complete .npy file .*text_feat.npy"),
        ("num_nodes_feat.npy", b"", "'features' needs to be keyed by modality names that are free"),
    ],
)
def test_a_bad_file_is_a_clear_error(
    root: Path, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (root / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        InteractionFolder(root, cache_dir=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (MATRIX[:3], r"'features\['text'\] .*text_feat.npy.*' needs to be a matrix of 4 rows"),
        (np.where(MATRIX == 2, np.inf, MATRIX), r"text_feat.npy.*' needs to be finite in float16"),
        (MATRIX * np.float16("nan"), r"text_feat.npy.*' needs to be a matrix with a row for each item"),
        (MATRIX.astype(int), r"text_feat.npy.*' needs to be a floating-point matrix"),
        (MATRIX[0], r"text_feat.npy.*' needs to be a matrix \[N, F\]"),
        (MATRIX.astype(object), r"'path' needs to be a .npy file of numbers, not of pickled objects"),
    ],
)
def test_a_bad_matrix_is_a_clear_error(root: Path, matrix: np.ndarray, message: str) -> None:
    np.save(root / "text_feat.npy", matrix, allow_pickle=True)
    with pytest.raises(ValueError, match=message):
        InteractionFolder(root)


def test_a_row_of_nan_can_be_an_item_that_lacks_the_modality(root: Path, tmp_path: Path) -> None:
    matrix = MATRIX.copy()
    matrix[2] = np.nan
    np.save(root / "text_feat.npy", matrix)
    for _ in range(2):  # built, then read from the cache
        item = InteractionFolder(root, missing="mask", cache_dir=tmp_path / "cache")[0]["item"]
        assert item.text_available.tolist() == [True, True, False, True]
        assert item.text[2].eq(0).all()
    with pytest.raises(ValueError, match="missing='mask'"):
        InteractionFolder(root, cache_dir=tmp_path / "cache")


def test_a_folder_that_lacks_its_table_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'root' needs to be a folder with one .inter file .* \(got \[\]\)"):
        InteractionFolder(tmp_path)
    with pytest.raises(
        ValueError, match=r"'root' needs to be an existing folder in 'InteractionFolder' .*none"
    ):
        InteractionFolder(tmp_path / "none")
    (tmp_path / "a.inter").touch()
    with pytest.raises(
        ValueError, match=r"'root' needs to be an existing folder .* Give the folder that holds it"
    ):
        InteractionFolder(tmp_path / "a.inter")
    (tmp_path / "a.inter").unlink()
    with pytest.raises(
        ValueError, match=r"'name' needs to be the name of a table .*: \[\] .* \(got 'baby'\)"
    ):
        InteractionFolder(tmp_path, name="baby")


def test_without_matrices_the_items_are_those_of_the_table(root: Path) -> None:
    for path in root.glob("*.npy"):
        path.unlink()
    data = InteractionFolder(root)[0]
    assert data["item"].num_nodes == 4
    assert not any(isinstance(value, torch.Tensor) for value in data["item"].values())


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("name", ["baby.inter", "image_feat.npy"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "link to itself"])
def test_what_is_no_plain_file_is_a_clear_error(
    root: Path, tmp_path: Path, name: str, kind: str, cached: bool
) -> None:
    path = root / name
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)  # reading it would wait forever
    else:
        path.symlink_to(path if kind == "link to itself" else root / "nothing")
    with pytest.raises(ValueError, match=rf"'root' needs to be a folder of plain files .*{name}.*raw"):
        InteractionFolder(root, cache_dir=tmp_path / "cache" if cached else None)


def test_positives_are_part_of_what_a_cache_is_of(root: Path, tmp_path: Path) -> None:
    (root / "baby.inter").write_text(HEADER + "".join(f"0\t{item}\t{item + 1}\t1\t0\n" for item in range(4)))
    options = {"cache_dir": tmp_path / "cache"}
    sizes = [
        InteractionFolder(root, positives=positives, **options)[0][INTERACTS].edge_index.size(1)
        for positives in (None, Positives(min_rating=3), Positives(min_rating=4), Positives(min_rating=3))
    ]
    assert sizes == [4, 2, 1, 2]
    assert len(list((tmp_path / "cache").iterdir())) == 3
