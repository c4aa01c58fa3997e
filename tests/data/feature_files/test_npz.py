"""Archives of NumPy and SciPy: whole, or a clear error."""

import random
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from pygmmrec.data import IdMap, read_features
from pygmmrec.data.feature_files.npz import read_npz

MATRIX = np.arange(60, dtype=np.float32).reshape(12, 5)


class Bomb:
    """Fails a test that unpickles it."""

    def __reduce__(self) -> tuple:
        return (pytest.fail, ("unpickled",))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_one_array_with_ids_and_without(tmp_path: Path, save) -> None:
    path = tmp_path / "text_feat.npz"
    save(path, MATRIX.astype(np.float16))
    found = read_npz(path, "text")
    assert (found.values.dtype, found.values.tolist(), found.ids) == (np.float16, MATRIX.tolist(), None)
    save(path, values=MATRIX, ids=np.array([f"item {n}" for n in range(12)]))
    assert read_npz(path, "text").values.tolist() == MATRIX.tolist()
    assert read_features(path).ids == IdMap(f"item {n}" for n in range(12))


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "dia"])
def test_a_sparse_matrix_of_scipy_becomes_dense(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "words_feat.npz"
    dense = np.where(MATRIX % 7 == 0, MATRIX, 0.0)
    sp.save_npz(path, sp.csr_matrix(dense.astype(np.float64)).asformat(kind))
    features = read_features(path)
    assert features.values.tolist() == dense.tolist()


def test_indices_out_of_range_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "words_feat.npz"
    matrix = sp.csr_matrix(MATRIX)
    matrix.indices[3] = 10**6  # reading it would reach outside of the matrix
    sp.save_npz(path, matrix)
    with pytest.raises(ValueError, match=r"a sparse matrix whose indices are within its shape"):
        read_features(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": MATRIX, "b": MATRIX}, r"'path' needs to be a file of one matrix.*\['a', 'b'\] in .*t.npz"),
        ({"a": MATRIX.astype(int)}, "'text' needs to be a floating-point matrix"),
        (
            {"a": np.array([[Bomb()]], dtype=object)},
            r"a .npz file of numbers, not of pickled objects .*t.npz",
        ),
    ],
)
def test_other_contents_are_errors(tmp_path: Path, arrays: dict, message: str) -> None:
    np.savez(tmp_path / "t.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        read_npz(tmp_path / "t.npz", "text")


def test_any_damage_is_a_clear_error_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez_compressed(path, values=MATRIX)
    whole, rng = path.read_bytes(), random.Random(0)
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged if rng.random() < 0.8 else damaged[: rng.randrange(len(damaged))])
        with suppress(ValueError):  # and nothing else
            assert read_npz(path, "text").values.tolist() == MATRIX.tolist()


def test_a_sparse_matrix_whose_indices_are_no_whole_numbers(tmp_path: Path) -> None:
    held = sp.csr_matrix(MATRIX)
    np.savez(tmp_path / "a.npz", data=held.data, indices=held.indices, indptr=held.indptr > 0,
             shape=np.array(held.shape), format=np.array(b"csr"))  # fmt: skip
    with pytest.raises(ValueError, match=r"'path' needs to be a complete \.npz file .*no whole numbers"):
        read_npz(tmp_path / "a.npz", "x")


def test_ids_that_are_none_name_the_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", values=MATRIX, ids=np.array([*"abcdefghijk", "nan"]))
    with pytest.raises(ValueError, match=r"'ids of .*a\.npz' needs to be free of words"):
        read_features(tmp_path / "a.npz")
