import pytest
import torch

from pygmmrec.kernels.branches.pointwise import pointwise


@pytest.mark.parametrize("places", [(), (5,), (4, 3)])
@pytest.mark.parametrize("with_bias", [False, True])
def test_each_place_by_the_same_matrix(places, with_bias) -> None:
    x, weight = torch.randn(2, 3, *places, dtype=torch.float64), torch.randn(7, 3, dtype=torch.float64)
    bias = torch.randn(7, dtype=torch.float64) if with_bias else None
    expected = torch.einsum("nc...,oc->no...", x, weight)
    if bias is not None:
        expected = expected + bias.view(-1, *[1] * len(places))
    torch.testing.assert_close(pointwise(x, weight, bias), expected, rtol=1e-10, atol=1e-10)
