import torch

from pygmmrec.kernels.solvers import weighted_ridge as module
from pygmmrec.kernels.solvers.weighted_ridge import weighted_ridge


def test_each_row_solves_its_own_regression(binary, monkeypatch) -> None:
    x, dense = binary
    factors = torch.randn(9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    ridge = torch.linspace(0.1, 2.0, 12, dtype=torch.float64)
    for numbers in (30, 1 << 23):  # a row at a time, and all
        monkeypatch.setattr(module, "NUMBERS", numbers)
        found = weighted_ridge(x, factors, 0.3, ridge)
        for u, row in enumerate(dense):
            weight = torch.diag(row + 0.3)  # (s - 1)^2 of the observed, and .3 s^2 of all
            matrix = factors.t() @ weight @ factors + ridge[u] * torch.eye(4).double()
            expected = torch.linalg.solve(matrix, factors.t() @ row)
            torch.testing.assert_close(found[u], expected, rtol=1e-10, atol=1e-12)


def test_a_row_without_observations_is_zero(binary) -> None:
    x, _ = binary
    items = x.t()  # the first has no user
    factors = torch.randn(12, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert weighted_ridge(items, factors, 0.3, torch.ones(9).double())[0].eq(0).all()
