import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows


@pytest.mark.parametrize("index", [[3, 0, 4], [1, 1, 2, 1], [4], [], range(5)])
def test_rows_are_those_of_the_dense_matrix(edge_index, index) -> None:
    adj = Adj.from_edge_index(edge_index.flip(0), torch.rand(7), size=(4, 5))  # the last row is empty
    index = torch.tensor(list(index), dtype=torch.int64)
    out = select_rows(adj, index)
    assert (out.num_rows, out.num_cols) == (len(index), 4)
    assert out.nnz == adj.degree()[index].sum()
    if len(index) > 0:
        assert torch.equal(out.to_dense(), adj.to_dense()[index])
        assert torch.equal(torch.stack([out.row, out.col]), out.to_dense().nonzero().t())


def test_the_gradient_reaches_the_entries(edge_index) -> None:
    value = torch.rand(7, requires_grad=True)
    out = select_rows(Adj.from_edge_index(edge_index.flip(0), value, size=(4, 5)), torch.tensor([1, 0, 1]))
    out.value.sum().backward()
    assert value.grad.tolist() == [1, 1, 2, 2, 0, 0, 0]
