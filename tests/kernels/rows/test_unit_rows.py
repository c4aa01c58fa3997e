import torch
import torch.nn.functional as F

from pygmmrec.kernels.rows.unit_rows import unit_rows


def test_rows_have_length_one_and_zeros_stay() -> None:
    x = torch.tensor([[3.0, -4.0], [0.0, 0.0], [1e-20, 0.0]], dtype=torch.float64)
    assert torch.allclose(unit_rows(x), torch.tensor([[0.6, -0.8], [0, 0], [1, 0]], dtype=torch.float64))


def test_gradient_is_that_of_normalize() -> None:
    x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(unit_rows, x)
    torch.testing.assert_close(unit_rows(x), F.normalize(x, dim=-1), rtol=1e-12, atol=1e-12)


def test_a_chain_over_rows_of_zeros_keeps_its_gradient_small() -> None:
    x = torch.zeros(2, 4, requires_grad=True)
    y = x
    for _ in range(5):
        y = unit_rows(y) * 2
    y.sum().backward()
    assert x.grad.tolist() == [[32.0] * 4] * 2
