import pytest
import torch

from pygmmrec.kernels.sparse.add_adj import add_adj
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm


def matrix(num_edges: int, rows: int = 5, cols: int = 4) -> Adj:
    edge_index = torch.stack([torch.randint(cols, (num_edges,)), torch.randint(rows, (num_edges,))])
    value = torch.randn(num_edges, dtype=torch.float64, requires_grad=True)
    return Adj.from_edge_index(edge_index, value, size=(cols, rows))


def test_values_and_gradients_are_those_of_the_dense_sum() -> None:
    matrices, x = [matrix(6), matrix(9), matrix(0)], torch.randn(4, 3, dtype=torch.float64)
    weights = torch.tensor([0.3, -2.0, 5.0], dtype=torch.float64, requires_grad=True)
    out = add_adj(matrices, weights)
    dense = sum(w * adj.to_dense() for w, adj in zip(weights, matrices, strict=True))
    torch.testing.assert_close(out.to_dense(), dense, rtol=1e-10, atol=1e-10)
    assert out.nnz == 15
    assert (out.row * 4 + out.col).diff().ge(0).all()
    factor = torch.randn(5, 3, dtype=torch.float64)
    inputs = [weights, matrices[0].value, matrices[1].value]
    left = torch.autograd.grad((spmm(out, x) * factor).sum(), inputs)
    for a, b in zip(left, torch.autograd.grad((dense @ x * factor).sum(), inputs), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


def test_numbers_are_weights_as_well() -> None:
    adj = matrix(6)
    torch.testing.assert_close(add_adj([adj, adj], [0.25, 0.75]).to_dense(), adj.to_dense())


def test_wrong_matrices_are_errors() -> None:
    with pytest.raises(ValueError, match="'matrices' needs to be at least one"):
        add_adj([], [])
    with pytest.raises(ValueError, match=r"of one shape in 'add_adj' \(got \[\(5, 4\), \(5, 3\)\]"):
        add_adj([matrix(2), matrix(2, cols=3)], [1.0, 1.0])
