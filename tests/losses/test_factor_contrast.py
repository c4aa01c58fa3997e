import math

import pytest
import torch

from pygmmrec.losses import FactorContrastLoss, factor_contrast_loss


@pytest.mark.parametrize("num_factors", [1, 2, 5])
def test_against_the_formula_pair_by_pair(num_factors) -> None:
    a, b = torch.randn(2, 4, num_factors, 3, dtype=torch.float64)
    weight = torch.tensor([1.0, 3.0, 0.0, 2.0], dtype=torch.float64)
    of_row = []
    for x, y in zip(a, b, strict=True):
        total = 0.0
        for k in range(num_factors):
            total += math.log1p(math.exp(-float(x[k] @ y[k])))
            others = [math.log1p(math.exp(float(x[k] @ y[j]))) for j in range(num_factors) if j != k]
            total += sum(others) / len(others) if others else 0.0
        of_row.append(total / num_factors)
    assert factor_contrast_loss(a, b).item() == pytest.approx(sum(of_row) / 4, rel=1e-12)
    weighted = sum(w * x for w, x in zip(weight.tolist(), of_row, strict=True)) / 6
    assert FactorContrastLoss()(a, b, weight).item() == pytest.approx(weighted, rel=1e-12)


def test_gradient() -> None:
    x = [torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    assert torch.autograd.gradcheck(factor_contrast_loss, x)


def test_factors_that_agree_with_their_own_alone_cost_least() -> None:
    eye = 20 * torch.eye(4).unsqueeze(0)
    assert factor_contrast_loss(eye, eye) == pytest.approx(math.log(2), abs=1e-6)  # others are orthogonal
    assert factor_contrast_loss(eye, eye.flip(1)) > 50


def test_wrong_shapes_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'a' needs to be of shape \[B, K, D\]"):
        factor_contrast_loss(torch.zeros(3, 4), torch.zeros(3, 4))
    with pytest.raises(ValueError, match=r"'b' needs to be of shape \[2, 3, 4\] in 'factor_contrast_loss'"):
        factor_contrast_loss(torch.zeros(2, 3, 4), torch.zeros(2, 3, 5))
