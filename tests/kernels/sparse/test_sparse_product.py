import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.sparse_product import sparse_product


@pytest.mark.parametrize("shape", [(7, 5, 6), (1, 9, 4), (5, 1, 3), (6, 8, 1)])
def test_against_the_dense_product(shape) -> None:
    rows, inner, cols = shape
    matrices = []
    for size in ((rows, inner), (inner, cols)):
        dense = torch.rand(size, dtype=torch.float64) * (torch.rand(size) < 0.4)
        edge_index, weight = dense.nonzero().t().flip(0), dense[dense != 0]
        matrices.append(Adj.from_edge_index(edge_index, weight, size=size[::-1]))
    left, right = matrices
    out = sparse_product(left, right)
    expected = left.to_dense() @ right.to_dense()
    torch.testing.assert_close(out.to_dense(), expected, rtol=1e-12, atol=0)
    assert out.nnz == expected.count_nonzero()
    assert torch.equal(torch.stack([out.row, out.col]), expected.nonzero().t())


def test_a_matrix_that_requires_a_gradient_gets_none() -> None:
    value = torch.ones(2, requires_grad=True)
    adj = Adj.from_edge_index(torch.tensor([[0, 1], [1, 0]]), value, size=(2, 2))
    out = sparse_product(adj, adj)
    assert torch.equal(out.to_dense(), torch.eye(2))
    assert not out.value.requires_grad


def test_shapes_that_do_not_fit_are_an_error(edge_index) -> None:
    adj = Adj.from_edge_index(edge_index, size=(5, 4))
    with pytest.raises(ValueError, match=r"'right' needs to be of 5 rows in 'sparse_product' \(got 4\)"):
        sparse_product(adj, adj)
