"""Feature matrices: read without unpickling, checked, aligned by id."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from pygmmrec.data import Features, IdMap, read_features
from pygmmrec.data.features import as_features

MATRIX = np.arange(6, dtype=np.float32).reshape(3, 2)


def save(folder: Path, matrix: object, **kwargs: bool) -> Path:
    path = folder / "text_feat.npy"
    np.save(path, matrix, **kwargs)
    return path


@pytest.mark.parametrize("dtype", ["float16", ">f2", "float32", "float64", ">f4"])
def test_half_precision_stays_and_every_other_float_becomes_float32(tmp_path: Path, dtype: str) -> None:
    features = read_features(save(tmp_path, MATRIX.astype(dtype)))
    assert features.values.dtype == (torch.float16 if dtype in ("float16", ">f2") else torch.float32)
    assert features.values.tolist() == MATRIX.tolist()
    assert features.ids is None


def test_column_order_and_views_are_read_right(tmp_path: Path) -> None:
    assert read_features(save(tmp_path, np.asfortranarray(MATRIX))).values.tolist() == MATRIX.tolist()
    assert Features(MATRIX[::-1]).values.tolist() == MATRIX[::-1].tolist()


def test_a_tensor_may_be_half_precision_and_need_a_gradient() -> None:
    values = Features(torch.ones(2, 3, dtype=torch.bfloat16, requires_grad=True)).values
    assert values.dtype == torch.bfloat16
    assert not values.requires_grad


def test_rows_follow_the_items() -> None:
    features = Features(MATRIX, ids=["b", "c", "a"])
    assert features.align(IdMap(["a", "b", "c"])).tolist() == MATRIX[[2, 0, 1]].tolist()
    assert features.align(IdMap(["b", "c", "a"])).tolist() == MATRIX.tolist()
    assert Features(MATRIX).align(IdMap(["x", "y", "z"])).tolist() == MATRIX.tolist()
    assert repr(features) == "Features([3, 2], ids=IdMap(3))"


@pytest.mark.parametrize(
    ("features", "items", "message"),
    [
        (
            Features(MATRIX, name="text"),
            range(4),
            r"'text' needs to be .* each of the 4 items .* \(got '3 rows'\)",
        ),
        (
            Features(MATRIX, [0, 1, 2], "text"),
            range(2),
            r"'text' .* rows of known items .* \(got \[2\]\). Remove",
        ),
        (Features(MATRIX, ["0", "1", "2"], "text"), range(3), r"of known items .* \(got \['0', '1', '2'\]\)"),
    ],
)
def test_rows_that_do_not_match_the_items_are_errors(features: Features, items: range, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        features.align(IdMap(items))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_aligned_as_it_is(dtype: torch.dtype) -> None:
    matrix = torch.from_numpy(MATRIX).to(dtype)
    aligned = Features(matrix, ["a", "b", "c"]).align(IdMap(["b", "x", "c", "a"]))
    assert aligned.dtype == dtype
    assert torch.equal(aligned[[0, 2, 3]], matrix[[1, 2, 0]])
    assert aligned[1].isnan().all()


def test_the_ids_of_a_file_and_others_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npz"
    np.savez(path, values=MATRIX, ids=[7, 8, 9])
    assert as_features(path, "text").ids == IdMap([7, 8, 9])
    with pytest.raises(ValueError, match=r"'ids' needs to be left out for a file that holds some"):
        read_features(path, ["a", "b", "c"])
    with pytest.raises(ValueError, match=r"'ids' needs to be left out for a file that holds some"):
        as_features((path, ["a", "b", "c"]), "text")


def test_items_without_a_row_have_one_of_nan() -> None:
    aligned = Features(MATRIX, ["a", "b", "c"]).align(IdMap(["b", "x", "c", "a"]))
    assert aligned[[0, 2, 3]].tolist() == MATRIX[[1, 2, 0]].tolist()
    assert aligned[1].isnan().all()


def test_a_row_of_nan_says_that_the_item_lacks_the_modality() -> None:
    values = MATRIX.copy()
    values[1] = np.nan
    assert Features(values).align(IdMap(range(3))).isnan().all(dim=1).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            MATRIX.astype(np.int64),
            r"'text' needs to be a floating-point matrix in 'Features' \(got 'int64'\)",
        ),
        (np.array([["a", "b"]]), r"'text' needs to be a floating-point matrix in 'Features' \(got '<U1'\)"),
        (MATRIX.astype(object), r"'text' needs to be a floating-point matrix in 'Features' \(got 'object'\)"),
        (MATRIX[0], r"'text' needs to be a matrix \[N, F\], or .* not empty in 'Features' \(got \[2\]\)"),
        (MATRIX[:0], r"that is not empty in 'Features' \(got \[0, 2\]\)"),
        (MATRIX[None, None, None], r"\(got \[1, 1, 1, 3, 2\]\)"),
        (np.where(MATRIX == 3, np.nan, MATRIX), r"'text' needs to be finite .* in 1 rows, \[1\]"),
        (np.where(MATRIX > 3, np.inf, MATRIX), r"'text' needs to be finite .* in 1 rows, \[2\]"),
        (np.full((2, 2), 1e300), r"'text' needs to be finite in float32 .* in 2 rows, \[0, 1\]"),
    ],
)
def test_bad_matrices_are_errors(values: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Features(values, name="text")


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (
            ["a", "b"],
            r"'ids' needs to be one id for each of the 3 rows of text in 'Features' \(got '2 ids'\)",
        ),
        (["a", "b", "a"], r"'ids' needs to be free of duplicates in 'IdMap' \(got \['a'\]\)"),
    ],
)
def test_bad_ids_are_errors(ids: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Features(MATRIX, ids, "text")


class Bomb:
    """Fails a test that unpickles it."""

    def __reduce__(self) -> tuple:
        return (pytest.fail, ("unpickled",))


def test_a_pickled_object_array_is_never_unpickled(tmp_path: Path) -> None:
    path = save(tmp_path, np.array([[Bomb()]], dtype=object), allow_pickle=True)
    with pytest.raises(
        ValueError, match=r"'path' .* not of pickled objects in 'read_features' .*text_feat.npy.*Save"
    ):
        read_features(path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda whole: whole[:-4], id="a row cut off"),
        pytest.param(lambda whole: whole[:40], id="half a header"),
        pytest.param(lambda whole: b"", id="empty"),
        pytest.param(lambda whole: b"a,b\n1,2\n", id="text"),
        pytest.param(lambda whole: pickle.dumps(Bomb()), id="a pickle"),
    ],
)
def test_a_file_that_is_no_complete_npy_is_an_error(tmp_path: Path, content) -> None:
    path = save(tmp_path, MATRIX)
    path.write_bytes(content(path.read_bytes()))
    with pytest.raises(
        ValueError, match=r"'path' needs to be a complete .npy file in 'read_features' .*text_feat.npy"
    ):
        read_features(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'path' needs to be an existing .npy file .*none_feat.npy"):
        read_features(tmp_path / "none_feat.npy")


def test_a_matrix_in_a_file_is_named_by_its_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"text_feat.npy' needs to be a floating-point matrix"):
        read_features(save(tmp_path, MATRIX.astype(int)))


def test_every_source_gives_features(tmp_path: Path) -> None:
    path = save(tmp_path, MATRIX)
    for source in (MATRIX, torch.from_numpy(MATRIX), path, str(path), Features(MATRIX)):
        assert as_features(source, "text").values.tolist() == MATRIX.tolist()
        paired = as_features((source, [3, 4, 5]), "text")
        assert paired.ids == IdMap([3, 4, 5])
    with pytest.raises(
        ValueError, match=r"'text' needs to be a matrix or \(matrix, ids\) .* \(got 'a tuple of 3'\)"
    ):
        as_features((MATRIX, [1, 2, 3], 0), "text")
    with pytest.raises(ValueError, match=r"'text' needs to be \(matrix, ids\) .* The matrix comes first"):
        as_features((np.arange(3), MATRIX), "text")


def test_the_index_of_a_frame_says_the_ids_of_its_rows() -> None:
    frame = pd.DataFrame(MATRIX)
    assert Features(frame).ids is None
    assert Features(frame.set_axis(["b", "c", "a"])).ids == IdMap(["b", "c", "a"])
    assert Features(frame[frame[0] > 0]).ids == IdMap([1, 2])


def test_numbered_rows_that_were_shuffled_go_back() -> None:
    features = Features(pd.DataFrame(MATRIX).iloc[[2, 0, 1]])
    assert features.ids is None
    assert features.values.tolist() == MATRIX.tolist()


def test_ids_beside_a_frame_must_not_contradict_its_index() -> None:
    frame = pd.DataFrame(MATRIX, index=["b", "c", "a"])
    assert Features(frame, ["b", "c", "a"]).ids == IdMap(["b", "c", "a"])
    assert Features(frame, [7, 8, 9]).ids == IdMap([7, 8, 9])
    shuffled = pd.DataFrame(MATRIX, index=[2, 0, 1])
    assert Features(shuffled, ["x", "y", "z"]).values.tolist() == MATRIX.tolist()
    with pytest.raises(
        ValueError, match=r"'ids' needs to be in the order of the index of text .*frame alone"
    ):
        Features(frame, ["a", "b", "c"], "text")
    with pytest.raises(ValueError, match="'ids' needs to be of the same index as 'text'"):
        Features(frame, pd.Series([1, 2, 3]), "text")


def test_tokens_and_maps_are_aligned_by_id_and_a_whole_row_of_nan_lacks_the_modality() -> None:
    for shape in ((3, 5, 2), (3, 2, 4, 4)):
        values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        aligned = Features(values, ["a", "b", "c"]).align(IdMap(["b", "x", "c", "a"]))
        assert aligned.shape == (4, *shape[1:])
        assert np.array_equal(aligned[[0, 2, 3]].numpy(), values[[1, 2, 0]])
        assert aligned[1].isnan().all()
        values[1] = np.nan
        assert Features(values).values[1].isnan().all()
        values[1, 0, 0] = 1.0
        with pytest.raises(ValueError, match=r"finite .* in 1 rows, \[1\]"):
            Features(values)


def test_rows_in_the_order_of_their_ids() -> None:
    features = Features(MATRIX, ["b", "c", "a"]).by_id()
    assert features.ids == IdMap(["a", "b", "c"])
    assert features.values.tolist() == MATRIX[[2, 0, 1]].tolist()
    for same in (Features(MATRIX), Features(MATRIX, range(3)), features):
        assert same.by_id() is same


def test_the_same_rows_under_other_ids() -> None:
    features = Features(MATRIX, ["b", "c", "a"], "text")
    other = features.with_ids([7, 8, 9])
    assert (other.ids, features.ids) == (IdMap([7, 8, 9]), IdMap(["b", "c", "a"]))
    assert other.values is features.values
    assert other.with_ids(None).ids is None
    with pytest.raises(ValueError, match=r"one id for each of the 3 rows of text .*'2 ids'"):
        features.with_ids([7, 8])
