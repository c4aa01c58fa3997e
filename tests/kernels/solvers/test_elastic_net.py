import pytest
import torch

from pygmmrec.kernels.solvers.candidates import candidates
from pygmmrec.kernels.solvers.elastic_net import elastic_nets
from pygmmrec.kernels.solvers.gram import Gram


def dense_solution(x: torch.Tensor, l1: float, l2: float) -> torch.Tensor:
    """Coordinate descent on the dense Gram matrix, all columns at once."""
    g, w = x.t() @ x, torch.zeros(x.size(1), x.size(1), dtype=torch.float64)
    for _ in range(200):
        for i in range(x.size(1)):
            rest = g[i] - g[i] @ w + g[i, i] * w[i]
            w[i] = (rest - l1).clamp(min=0) / (g[i, i] + l2)
            w[i, i] = 0
    return w


@pytest.mark.parametrize(("l1", "l2"), [(0.2, 0.5), (0.0, 2.0)])
def test_each_column_equals_coordinate_descent_by_hand(binary, l1, l2) -> None:
    x, dense = binary
    index = candidates(Gram(x), 9, l2, unrelated=False)
    weight = elastic_nets(x, index, l1, l2, 1e-14)
    expected = dense_solution(dense, l1, l2)
    for j in range(9):
        there = index[j] >= 0
        found = torch.zeros(9, dtype=torch.float64).index_put((index[j][there].long(),), weight[j][there])
        torch.testing.assert_close(found, expected[:, j], rtol=1e-9, atol=1e-9)
    assert weight[0].eq(0).all()
