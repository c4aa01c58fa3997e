import math

import pytest
import torch

from pygmmrec.losses import BPRLoss, bpr_loss


def test_closed_form() -> None:
    pos, neg = torch.tensor([0.0, 2.0]), torch.tensor([0.0, 1.0])
    terms = [math.log(2), math.log(1 + math.exp(-1))]
    assert float(bpr_loss(pos, neg)) == pytest.approx(sum(terms) / 2)
    assert float(bpr_loss(pos, neg, reduction="sum")) == pytest.approx(sum(terms))


def test_gradient_is_minus_the_chance_of_the_wrong_order() -> None:
    pos = torch.randn(6, dtype=torch.float64, requires_grad=True)
    neg = torch.randn(6, dtype=torch.float64, requires_grad=True)
    bpr_loss(pos, neg, reduction="sum").backward()
    wrong = 1 / (1 + (pos - neg).detach().exp())
    torch.testing.assert_close(pos.grad, -wrong)
    torch.testing.assert_close(neg.grad, wrong)


def test_extreme_scores_stay_finite() -> None:
    pos = torch.tensor([1e4, -1e4], requires_grad=True)
    loss = bpr_loss(pos, torch.zeros(2), reduction="sum")
    loss.backward()
    assert loss.item() == pytest.approx(1e4)
    assert pos.grad.tolist() == [0, -1]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_module_is_the_function(reduction) -> None:
    pos, neg = torch.randn(5), torch.randn(5)
    assert torch.equal(BPRLoss(reduction=reduction)(pos, neg), bpr_loss(pos, neg, reduction=reduction))
    assert repr(BPRLoss(reduction=reduction)) == f"BPRLoss(reduction={reduction!r})"


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(
        ValueError, match=r"'neg_score' needs to be of shape \[3\] in 'bpr_loss' \(got \[3, 1\]\)"
    ):
        bpr_loss(torch.zeros(3), torch.zeros(3, 1))
    with pytest.raises(ValueError, match=r"'reduction' needs to be one of .* in 'bpr_loss'"):
        bpr_loss(torch.zeros(3), torch.zeros(3), reduction="none")
    with pytest.raises(ValueError, match=r"'reduction' needs to be one of .* in 'BPRLoss'"):
        BPRLoss(reduction="none")
