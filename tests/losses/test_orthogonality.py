import pytest
import torch

from pygmmrec.losses import OrthogonalityLoss, orthogonality_loss


def test_against_the_formula_and_a_gradient_with_fixed_lengths() -> None:
    x = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    y = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    sides = []
    for side in (x, y):
        centred = side - side.mean(0)
        sides.append(centred / (torch.linalg.vector_norm(centred.detach(), dim=1)[:, None] + 1e-6))
    expected = sum((sides[0][:, a] @ sides[1][:, b]) ** 2 for a in range(3) for b in range(3)) / 9
    loss = orthogonality_loss(x, y)
    torch.testing.assert_close(loss, expected)
    assert OrthogonalityLoss()(x, y) == loss
    actual = torch.autograd.grad(loss, (x, y))
    for left, right in zip(actual, torch.autograd.grad(expected, (x, y)), strict=True):
        torch.testing.assert_close(left, right)


def test_columns_that_have_nothing_in_common_cost_nothing() -> None:
    x = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]])
    y = torch.tensor([[1.0], [1.0], [-1.0], [-1.0]])
    assert orthogonality_loss(x, y) == 0
    assert orthogonality_loss(x, x) > 15.9
    with pytest.raises(ValueError, match=r"'other' needs to be of shape \[4, 1\]"):
        orthogonality_loss(x, torch.ones(4, 2))
