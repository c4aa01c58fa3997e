import pytest
import torch

from pygmmrec.losses import MomentLoss, moment_loss


@pytest.mark.parametrize("num_views", [1, 2, 4])
def test_against_the_formula(num_views: int) -> None:
    sizes = range(3, 3 + num_views)
    views = [torch.randn(size, 2, dtype=torch.float64, requires_grad=True) for size in sizes]
    expected = torch.zeros((), dtype=torch.float64)
    moments = []
    for view in views:
        mean = view.sum() / view.numel()
        moments.append((mean, (view - mean).pow(2).sum() / (view.numel() - 1)))
    for a in range(num_views):
        for b in range(a):
            expected = expected + sum(abs(x - y) for x, y in zip(moments[a], moments[b], strict=True))
    loss = moment_loss(views)
    torch.testing.assert_close(loss, expected)
    assert torch.equal(MomentLoss()(views), loss)
    if num_views > 1:
        ours = torch.autograd.grad(loss, views)
        for left, right in zip(ours, torch.autograd.grad(expected, views), strict=True):
            torch.testing.assert_close(left, right)


def test_nothing_to_compare_is_an_error() -> None:
    for views in ([], [torch.zeros(1, 1)]):
        with pytest.raises(ValueError, match="'views' needs to be at least one, of two elements or more"):
            moment_loss(views)
