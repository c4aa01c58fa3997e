import logging

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from pygmmrec.data.values import dense
from pygmmrec.data.values.dense import densify

MATRIX = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 0.5]])


@pytest.mark.parametrize(
    "matrix",
    [
        *(sp.csr_matrix(MATRIX).asformat(kind) for kind in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")),
        sp.csr_array(MATRIX.astype(np.float32)),
        torch.from_numpy(MATRIX).to_sparse(),
        torch.from_numpy(MATRIX).to_sparse_csr(),
    ],
)
def test_every_sparse_matrix_becomes_dense_and_the_log_says_so(
    matrix: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert densify(matrix, "words", "test").tolist() == MATRIX.tolist()
    assert "words is sparse: it is made dense, 0.0 MiB" in caplog.text


def test_one_that_is_too_large_is_an_error_before_anything_is_made() -> None:
    matrix = sp.csr_matrix((np.ones(1, dtype=np.float32), ([0], [0])), shape=(10**6, 2 * 10**6))
    message = r"'words' needs to be a sparse matrix of at most 4.0 GiB when dense .*7450.6 GiB.*TruncatedSVD"
    with pytest.raises(ValueError, match=message):
        densify(matrix, "words", "test")


def test_the_limit_is_one_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "LARGEST_DENSE", 24)
    assert densify(sp.csr_matrix(MATRIX), "words", "test").nbytes == 24
    monkeypatch.setattr(dense, "LARGEST_DENSE", 23)
    with pytest.raises(ValueError, match=r"of at most 0\.0 MiB when dense"):
        densify(sp.csr_matrix(MATRIX), "words", "test")


def test_counts_and_damaged_indices_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'words' needs to be a floating-point matrix .*int64.*astype"):
        densify(sp.csr_matrix(MATRIX.astype(int)), "words", "test")
    matrix = sp.csr_matrix(MATRIX)
    matrix.indices[0] = 99
    with pytest.raises(
        ValueError, match="'words' needs to be a sparse matrix whose indices are within its shape"
    ):
        densify(matrix, "words", "test")


@pytest.mark.sparse
def test_a_matrix_of_torch_sparse_becomes_dense() -> None:
    matrix = pytest.importorskip("torch_sparse").SparseTensor.from_dense(torch.from_numpy(MATRIX))
    assert densify(matrix, "words", "test").tolist() == MATRIX.tolist()
