import pytest
import torch

from pygmmrec.kernels.ranking.inner_products import ALIGNMENT, inner_products


@pytest.mark.parametrize("num_rows", [1, 15, 16, 33])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_products_of_all_rows_begin_at_whole_lines(num_rows, dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5, 7, generator=generator, dtype=torch.float64).to(dtype)
    y = torch.randn(num_rows, 7, generator=generator, dtype=torch.float64).to(dtype)
    with torch.no_grad():
        out = inner_products(x, y)
    expected = (x.double().unsqueeze(1) * y.double()).sum(dim=-1)  # [5, 1, 7] * [N, 7] -> [5, N]
    tolerance = {torch.float32: 1e-5, torch.float64: 1e-12, torch.bfloat16: 1e-1}[dtype]
    torch.testing.assert_close(out.double(), expected, atol=tolerance, rtol=0)
    assert out.dtype == dtype
    assert out.stride(0) * out.element_size() % ALIGNMENT == 0


def test_gradients_reach_both_tables() -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(4, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    y = torch.randn(6, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(inner_products, (x, y))
