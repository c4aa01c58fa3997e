import pytest
import torch

from pygmmrec.kernels.sparse import dense_product as module
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.dense_product import dense_product, dense_product_ref


def random_matrix(num_rows: int, num_cols: int, seed: int) -> Adj:
    generator = torch.Generator().manual_seed(seed)
    dense = torch.rand(num_rows, num_cols, dtype=torch.float64, generator=generator)
    dense[dense < 0.6] = 0
    dense[1] = 0
    row, col = dense.nonzero().t()
    return Adj.from_edge_index(torch.stack([col, row]), dense[row, col], size=(num_cols, num_rows))


@pytest.mark.parametrize("terms", [1, 7, 1 << 22])
def test_equals_the_dense_product_in_blocks_of_any_size(terms, monkeypatch) -> None:
    left, right = random_matrix(5, 8, 0), random_matrix(8, 6, 1)
    monkeypatch.setattr(module, "TERMS", terms)
    out = dense_product(left, right)
    torch.testing.assert_close(out, dense_product_ref(left, right), rtol=1e-12, atol=1e-12)
    assert out[1].eq(0).all()


def test_matrices_without_entries() -> None:
    empty = Adj(torch.zeros(4, dtype=torch.int64), torch.empty(0, dtype=torch.int64), num_cols=8)
    assert torch.equal(dense_product(empty, random_matrix(8, 6, 1)), torch.zeros(3, 6, dtype=torch.float64))


def test_shapes_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(ValueError, match="'right' needs to be of 8 rows"):
        dense_product(random_matrix(5, 8, 0), random_matrix(7, 6, 1))
