import pytest
import torch
import torch.nn.functional as F

from pygmmrec.losses import MultinomialLoss, multinomial_loss
from pygmmrec.losses.multinomial import blocked_multinomial_loss


def test_against_probabilities_row_by_row() -> None:
    logits, target = torch.randn(4, 7, dtype=torch.float64), torch.rand(4, 7, dtype=torch.float64).round()
    weight = torch.tensor([1.0, 0.0, 2.0, 0.5], dtype=torch.float64)
    rows = []
    for s, x in zip(logits, target, strict=True):
        share = s.exp() / s.exp().sum()
        rows.append(-sum(x[i] * share[i].log() for i in range(7)))
    rows = torch.stack(rows)
    torch.testing.assert_close(multinomial_loss(logits, target), rows.mean())
    torch.testing.assert_close(MultinomialLoss()(logits, target, weight), (rows * weight).sum() / 3.5)


def test_one_thing_each_is_cross_entropy() -> None:
    logits, index = torch.randn(5, 6), torch.tensor([0, 5, 2, 2, 1])
    target = F.one_hot(index, 6).float()
    torch.testing.assert_close(multinomial_loss(logits, target), F.cross_entropy(logits, index))


def test_its_gradient_is_the_share_less_the_target() -> None:
    logits = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    target = torch.rand(3, 4, dtype=torch.float64)
    multinomial_loss(logits, target).backward()
    expected = (logits.softmax(dim=1) * target.sum(dim=1, keepdim=True) - target) / 3
    torch.testing.assert_close(logits.grad, expected.detach())


def test_shapes_that_differ_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"'target' needs to be of shape \[3, 4\] in 'multinomial_loss'"):
        multinomial_loss(torch.zeros(3, 4), torch.zeros(4))


@pytest.mark.parametrize("height", [1, 3, 100])
def test_blocks_of_rows_change_neither_the_loss_nor_its_gradient(height) -> None:
    table = torch.randn(4, 9, dtype=torch.float64, requires_grad=True)
    z, target, weight = torch.randn(7, 4).double(), torch.rand(7, 9).double(), torch.rand(7).double() + 0.1
    found = blocked_multinomial_loss(lambda rows: rows @ table, z, target, height, weight)
    expected = multinomial_loss(z @ table, target, weight=weight)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(*(torch.autograd.grad(loss, table) for loss in (found, expected)))
