"""Parquet: lists of any kind, or a column for each dimension, with the ids beside them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from pyarrow import parquet

from pygmmrec.data import IdMap, read_features
from pygmmrec.data.feature_files.parquet import read_parquet

MATRIX = np.arange(60, dtype=np.float32).reshape(12, 5)
ASINS = [f"B{n:03d}" for n in range(12)]


def save(folder: Path, columns: dict, **options: object) -> Path:
    path = folder / "text_feat.parquet"
    parquet.write_table(pa.table(columns), path, **options)
    return path


def lists(kind: pa.DataType, matrix: np.ndarray = MATRIX) -> pa.Array:
    return pa.array(matrix.tolist(), pa.list_(kind) if kind != "fixed" else pa.list_(pa.float32(), 5))


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64(), "fixed"])
@pytest.mark.parametrize("row_group_size", [5, 100])
def test_a_column_of_lists_and_one_of_ids(tmp_path: Path, kind: object, row_group_size: int) -> None:
    path = save(tmp_path, {"asin": ASINS, "emb": lists(kind)}, row_group_size=row_group_size)
    features = read_features(path)
    assert features.values.dtype == torch.float32
    assert features.values.tolist() == MATRIX.tolist()
    assert features.ids == IdMap(ASINS)


def test_batches_follow_each_other(tmp_path: Path) -> None:
    matrix = np.random.default_rng(0).normal(size=(70_000, 2)).astype(np.float32)
    column = pa.FixedSizeListArray.from_arrays(pa.array(matrix.reshape(-1)), 2)
    features = read_features(save(tmp_path, {"emb": column, "id": np.arange(70_000)[::-1]}))
    assert np.array_equal(features.values.numpy(), matrix)
    assert features.ids == IdMap(range(69_999, -1, -1))


def test_half_precision_stays(tmp_path: Path) -> None:
    half = pa.array(list(MATRIX.astype(np.float16)), pa.list_(pa.float16()))
    assert read_parquet(save(tmp_path, {"emb": half}), "text").values.dtype == np.float16


def test_lists_of_lists_are_tokens(tmp_path: Path) -> None:
    tokens = MATRIX.reshape(4, 3, 5)
    column = pa.array(tokens.tolist(), pa.list_(pa.list_(pa.float32())))
    assert read_features(save(tmp_path, {"tokens": column})).values.tolist() == tokens.tolist()


def test_a_row_without_a_list_lacks_the_modality(tmp_path: Path) -> None:
    for kind in (pa.list_(pa.float32()), pa.list_(pa.float32(), 2)):
        column = pa.array([[1.0, 2.0], None, [3.0, 4.0]], kind)
        values = read_features(save(tmp_path, {"emb": column})).values
        assert values.isnan().all(dim=1).tolist() == [False, True, False]
        assert values[2].tolist() == [3.0, 4.0]


def test_a_column_for_each_dimension(tmp_path: Path) -> None:
    frame = pd.DataFrame(MATRIX, columns=[f"d{n}" for n in range(5)], index=ASINS)
    path = tmp_path / "text_feat.parquet"
    frame.to_parquet(path)
    features = read_features(path)
    assert features.values.tolist() == MATRIX.tolist()
    assert features.ids == IdMap(ASINS)
    frame.reset_index(drop=True).to_parquet(path)
    assert read_features(path).ids is None


def test_of_several_columns_the_usual_name_is_that_of_the_ids(tmp_path: Path) -> None:
    columns = {"title": ["x"] * 12, "item_id": range(12), "price": np.ones(12), "emb": lists(pa.float32())}
    assert read_features(save(tmp_path, columns)).ids == IdMap(range(12))
    columns["sku"] = columns.pop("item_id")
    with pytest.raises(ValueError, match=r"one column that could hold the ids .*\['title', 'sku'\].*item_id"):
        read_features(save(tmp_path, columns))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"id": [1, 2]},
            r"one column of lists, or with a column of floats .*\['id'\] in .*text_feat.parquet",
        ),
        ({"a": [[1.0]], "b": [[2.0]]}, r"one column of lists.*\['a', 'b'\].*Save each"),
        ({"a": [[1.0], [2.0, 3.0]]}, r"'text\['a'\]' needs to be a column of lists of one length .*\[1, 2\]"),
        ({"a": [[1, 2], [2, 3]]}, r"'text\['a'\]' needs to be a floating-point matrix .*int64"),
        ({"a": [[[1.0], None], [[2.0], [3.0]]]}, "a column of lists of one length"),
    ],
)
def test_other_contents_are_errors(tmp_path: Path, columns: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_parquet(save(tmp_path, columns), "text")


def test_a_list_with_a_gap_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"needs to be finite in float32 .* in 1 rows, \[1\]"):
        read_features(save(tmp_path, {"a": [[1.0, 2.0], [None, 3.0]]}))


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-9], lambda raw: raw[9:], lambda raw: b"", lambda raw: b"x,y\n1,2"]
)
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, damage) -> None:
    path = save(tmp_path, {"emb": lists(pa.float32())})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"a complete .parquet file in 'read_features' .*text_feat.parquet"):
        read_parquet(path, "text")


def test_ids_that_are_no_texts_are_an_error_with_the_path(tmp_path: Path) -> None:
    path = save(tmp_path, {"asin": ASINS, "vector": list(MATRIX)}, compression="none", use_dictionary=False)
    path.write_bytes(path.read_bytes().replace(b"B003", b"B\xff03"))
    with pytest.raises(
        ValueError, match=r"'path' needs to be a complete \.parquet file .*text_feat\.parquet"
    ):
        read_features(path)


def test_a_checksum_of_a_page_is_looked_at(tmp_path: Path) -> None:
    options = {"compression": "none", "use_dictionary": False, "write_page_checksum": True}
    path = save(tmp_path, {"asin": ASINS, "vector": list(MATRIX)}, **options)
    path.write_bytes(path.read_bytes().replace(MATRIX[3].tobytes(), MATRIX[4].tobytes()))
    with pytest.raises(ValueError, match=r"'path' needs to be a complete \.parquet file .*checksum"):
        read_features(path)
