import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import ExtendedPropagation


@pytest.mark.parametrize("num_layers", [0, 1, 3])
def test_it_is_the_mean_of_the_powers_of_the_square_matrix(num_layers: int) -> None:
    between, among = torch.rand(5, 4).double(), torch.rand(5, 5).double()
    between[between < 0.5], among[among < 0.6] = 0, 0
    square = torch.zeros(9, 9, dtype=torch.float64)
    square[4:, :4], square[:4, 4:], square[4:, 4:] = between, between.t(), among
    graphs = []
    for matrix in (between, among):
        dst, src = matrix.nonzero().t()
        size = (matrix.size(1), matrix.size(0))
        graphs.append(Adj.from_edge_index(torch.stack([src, dst]), matrix[dst, src], size=size))
    user, item = (torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (4, 5))
    out = ExtendedPropagation(num_layers)(user, item, *graphs)
    x = torch.cat([user, item])
    expected = sum(torch.linalg.matrix_power(square, n) @ x for n in range(num_layers + 1)) / (num_layers + 1)
    torch.testing.assert_close(torch.cat(out), expected)
    weight = torch.randn_like(expected)
    ours = torch.autograd.grad((torch.cat(out) * weight).sum(), (user, item))
    for left, right in zip(ours, torch.autograd.grad((expected * weight).sum(), (user, item)), strict=True):
        torch.testing.assert_close(left, right)


def test_its_text_and_wrong_arguments() -> None:
    assert repr(ExtendedPropagation(2)) == "ExtendedPropagation(num_layers=2)"
    with pytest.raises(ValueError, match="'num_layers' needs to be"):
        ExtendedPropagation(-1)
