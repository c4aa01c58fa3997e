import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.submatrix import submatrix


@pytest.fixture
def adj() -> Adj:
    """A random matrix [6, 5] in double precision, with one entry there twice."""
    row, col = (torch.rand(6, 5) < 0.5).nonzero().t()
    edge_index = torch.stack([torch.cat([col, col[:1]]), torch.cat([row, row[:1]])])
    weight = torch.rand(edge_index.size(1), dtype=torch.float64)
    return Adj.from_edge_index(edge_index, weight, size=(5, 6))


ROW, COL = torch.tensor([4, 0, 5]), torch.tensor([3, 1, 4, 0])


@pytest.mark.parametrize("row", [None, ROW])
@pytest.mark.parametrize("col", [None, COL])
def test_it_is_what_indexing_the_dense_matrix_gives(adj: Adj, row, col) -> None:
    out, dense = submatrix(adj, row, col), adj.to_dense()
    dense = dense if row is None else dense[row]
    torch.testing.assert_close(out.to_dense(), dense if col is None else dense[:, col])
    key = out.row * out.num_cols + out.col
    assert torch.equal(key, key.sort().values)  # columns ascend within their row


def test_the_gradient_reaches_the_weights_that_are_kept(adj: Adj) -> None:
    weight = adj.value.clone().requires_grad_()
    submatrix(adj.with_value(weight), ROW, COL).to_dense().sum().backward()
    expected = torch.isin(adj.row, ROW) & torch.isin(adj.col, COL)
    assert torch.equal(weight.grad, expected.double())


def test_symmetry_is_kept_where_rows_are_columns() -> None:
    adj = Adj.from_edge_index(torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), size=(3, 3), symmetric=True)
    index = torch.tensor([2, 1])
    assert submatrix(adj, index, index.clone()).symmetric
    assert submatrix(adj).symmetric
    assert not submatrix(adj, index, index.flip(0)).symmetric
    assert not submatrix(adj, index).symmetric
