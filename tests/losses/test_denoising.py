import pytest
import torch

from pygmmrec.losses import DenoisingLoss, denoising_loss, injection_loss


@pytest.fixture
def rows() -> tuple[torch.Tensor, torch.Tensor]:
    output = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    return output, torch.randint(2, (3, 5)).double()


def test_what_is_missed_counts_by_its_step(rows) -> None:
    output, target = rows
    weight = torch.tensor([1.0, 0.5, 20.0], dtype=torch.float64)
    expected = (
        sum(weight[b] * sum((output[b, n] - target[b, n]) ** 2 for n in range(5)) / 5 for b in range(3)) / 3
    )
    torch.testing.assert_close(denoising_loss(output, target, weight), expected)
    assert DenoisingLoss()(output, target, weight) == denoising_loss(output, target, weight)


def test_what_rows_mean_and_where_no_gradient_goes(rows) -> None:
    output, target = rows
    view, embedding = (torch.randn(5, 2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    loss = injection_loss(output, target, view, embedding)
    torch.testing.assert_close(loss, (output @ view - target @ embedding).pow(2).sum() / 6)
    grads = torch.autograd.grad(loss, (output, view, embedding), allow_unused=True)
    assert grads[0].ne(0).all()
    assert grads[1:] == (None, None)


def test_shapes_have_to_be_the_same(rows) -> None:
    output, target = rows
    with pytest.raises(ValueError, match=r"'target' needs to be of shape \[3, 5\] in 'denoising_loss'"):
        denoising_loss(output, target[:, :2], torch.ones(3))
    with pytest.raises(ValueError, match=r"'target' needs to be of shape \[3, 5\] in 'injection_loss'"):
        injection_loss(output, target[:2], torch.ones(5, 2), torch.ones(5, 2))
