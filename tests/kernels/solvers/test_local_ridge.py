import pytest
import torch

from pygmmrec.kernels.solvers import local_ridge as module
from pygmmrec.kernels.solvers.gram import Gram
from pygmmrec.kernels.solvers.local_ridge import local_ridge


def content() -> torch.Tensor:
    return torch.randn(9, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("with_content", [False, True])
@pytest.mark.parametrize("k", [1, 4, 8, 12])
def test_each_column_is_the_ridge_regression_on_its_candidates(binary, k, with_content, monkeypatch) -> None:
    x, dense = binary
    f = content() if with_content else torch.zeros(9, 1, dtype=torch.float64)
    g = dense.t() @ dense + f @ f.t()
    monkeypatch.setattr(module, "NUMBERS", 100)  # several blocks
    index, weight = local_ridge(Gram(x, f if with_content else None), k, 2.0)
    for j in range(9):
        near = index[j][index[j] >= 0].long()
        assert len(near) == min(k, 8)
        assert j not in near
        small = g[near][:, near] + 2.0 * torch.eye(len(near)).double()
        expected = torch.linalg.solve(small, g[near, j])
        torch.testing.assert_close(weight[j, : len(near)], expected, rtol=1e-10, atol=1e-12)
        assert weight[j, len(near) :].eq(0).all()


def test_on_all_others_it_is_the_inverse(binary) -> None:
    x, dense = binary
    p = torch.linalg.inv(dense.t() @ dense + 2.0 * torch.eye(9).double())
    b = (-p / p.diagonal()).fill_diagonal_(0)
    index, weight = local_ridge(Gram(x), 8, 2.0)
    torch.testing.assert_close(
        torch.zeros_like(b).scatter(1, index.long(), weight).t(), b, rtol=1e-10, atol=1e-12
    )
