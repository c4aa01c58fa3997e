import pytest
import torch

from pygmmrec.losses import L2Loss, l2_loss

THREE, FOUR = torch.tensor([[3.0, 0.0], [0.0, 4.0]]), torch.tensor([[1.0, 2.0], [2.0, 0.0]])


@pytest.mark.parametrize(
    ("squared", "reduction", "expected"),
    [(True, "sum", (25 + 9) / 2), (True, "mean", (25 + 9) / 4), (False, "sum", 5 + 3), (False, "mean", 4)],
)
def test_closed_forms(squared, reduction, expected) -> None:
    assert float(l2_loss(THREE, FOUR, squared=squared, reduction=reduction)) == expected
    module = L2Loss(squared=squared, reduction=reduction)
    assert float(module(THREE, FOUR)) == expected
    assert repr(module) == f"L2Loss(squared={squared}, reduction={reduction!r})"


def test_the_first_tensor_gives_the_number_of_rows() -> None:
    assert float(l2_loss(THREE, torch.zeros(7, 2))) == 25 / 4
    assert float(l2_loss(torch.zeros(7, 2), THREE)) == pytest.approx(25 / 14)


def test_the_default_is_the_mean_of_half_squares() -> None:
    assert l2_loss(THREE, FOUR) == L2Loss()(THREE, FOUR) == 34 / 4


def test_gradient_of_half_squares_is_the_tensor() -> None:
    x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    l2_loss(x, reduction="sum").backward()
    torch.testing.assert_close(x.grad, x.detach())


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match="'embeddings' needs to be at least one tensor in 'l2_loss'"):
        l2_loss()
    with pytest.raises(ValueError, match=r"'reduction' needs to be one of .* in 'l2_loss'"):
        l2_loss(THREE, reduction="none")
    with pytest.raises(ValueError, match=r"'reduction' needs to be one of .* in 'L2Loss'"):
        L2Loss(reduction="none")
