"""Sparse matrices of every library hold the same pairs."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch_geometric.typing import SparseTensor

from pygmmrec.data import build_hetero_data, read_interactions
from pygmmrec.data.values.pairs import is_sparse, pairs_of
from pygmmrec.typing import INTERACTS

DENSE = np.array([[0, 1, 0], [2, 0, 3], [0, 0, 0], [0, 0, 1]], dtype=np.float32)
SOURCES: list[Any] = [
    sp.coo_matrix(DENSE), sp.csr_array(DENSE), sp.csc_matrix(DENSE), sp.lil_matrix(DENSE),
    torch.from_numpy(DENSE).to_sparse(), torch.from_numpy(DENSE).to_sparse_csr(),
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: type(source).__name__)
def test_rows_are_users_and_columns_items(source: Any) -> None:
    assert is_sparse(source)
    table = read_interactions(source)
    assert table.rating is not None
    found = sorted(zip(table.user.tolist(), table.item.tolist(), table.rating.tolist(), strict=True))
    assert found == [(0, 1, 1.0), (1, 0, 2.0), (1, 2, 3.0), (3, 2, 1.0)]


def test_ones_are_no_ratings_and_zeros_no_interactions() -> None:
    ones = sp.coo_matrix(DENSE != 0)
    assert pairs_of(ones, "test")[2] is None
    assert "rating" not in build_hetero_data(ones)[INTERACTS]
    zero = sp.coo_matrix(([0.0, 1.0, 2.0], ([0, 0, 1], [0, 1, 1])))
    assert build_hetero_data(zero)[INTERACTS].edge_index.size(1) == 2
    assert not is_sparse(torch.from_numpy(DENSE))


@pytest.mark.sparse
def test_matrices_of_torch_sparse() -> None:
    pytest.importorskip("torch_sparse")
    matrix = SparseTensor.from_dense(torch.from_numpy(DENSE))
    assert read_interactions(matrix).user.tolist() == [0, 1, 1, 3]


def test_another_number_of_dimensions() -> None:
    with pytest.raises(ValueError, match=r"'interactions' needs to be a matrix \[U, I\]"):
        read_interactions(torch.ones(2, 2, 2).to_sparse())
