import pytest
import torch

from pygmmrec.kernels.correlation import gaussian_sum as gaussian
from pygmmrec.kernels.correlation.gaussian_sum import gaussian_sum, gaussian_sum_ref


def samples(num_rows: int, num_cols: int, **options) -> tuple[torch.Tensor, torch.Tensor]:
    options = {"dtype": torch.float64, "requires_grad": True, **options}
    return torch.randn(num_rows, 3, **options), torch.randn(num_cols, 3, **options)


@pytest.mark.parametrize("sizes", [(1, 1), (7, 5), (5, 9), (8, 8)])
@pytest.mark.parametrize("block", [1, 3, 4, 100])
def test_value_and_gradient_are_those_of_all_differences(sizes, block, monkeypatch) -> None:
    monkeypatch.setattr(gaussian, "CPU_ROWS", block)
    x, y = samples(*sizes)
    n, m = (torch.randint(1, 4, (size,)).double() for size in sizes)
    for inputs, pair in (((x, y), (x, y, n, m)), ((x,), (x, x, n, n))):
        values = gaussian_sum(*pair), gaussian_sum_ref(*pair)
        torch.testing.assert_close(*values, rtol=1e-10, atol=1e-10)
        grads = [torch.autograd.grad(value, inputs) for value in values]
        for actual, expected in zip(*grads, strict=True):
            torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


def test_gradient_against_differences_of_values(monkeypatch) -> None:
    monkeypatch.setattr(gaussian, "CPU_ROWS", 2)
    x, y = samples(5, 4)
    n, m = torch.tensor([1.0, 2, 1, 3, 1]).double(), torch.ones(4).double()
    assert torch.autograd.gradcheck(lambda x, y: gaussian_sum(x, y, n, m), (x, y))
    assert torch.autograd.gradcheck(lambda z: gaussian_sum(z, z, n, n), (x,))


def test_closed_forms() -> None:
    x, one, near, far = torch.tensor([[0.0], [2.0]]), torch.ones(2), 0.1353352832366127, 3.3546262e-4
    torch.testing.assert_close(gaussian_sum(x, x, one, one), torch.tensor(2 + 2 * near))
    torch.testing.assert_close(gaussian_sum(x, x + 2, one, one), torch.tensor(2 * near + 1 + far))
    twice = torch.tensor([2.0, 1.0])
    torch.testing.assert_close(gaussian_sum(x, x, twice, twice), torch.tensor(5 + 4 * near))


def test_the_same_under_autocast() -> None:
    x, y = samples(20, 30, dtype=torch.float32)
    pairs = (x, y, torch.ones(20), torch.ones(30)), (x, x, torch.ones(20), torch.ones(20))
    expected = [gaussian_sum(*pair) for pair in pairs]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert [gaussian_sum(*pair) for pair in pairs] == expected
