import math

import pytest
import torch

from pygmmrec.losses import BalancedBPRLoss, balanced_bpr_loss
from pygmmrec.losses.balanced_bpr import branch_weights


def test_against_the_formula_and_its_gradient_with_fixed_weights() -> None:
    pos = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    neg = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    weights, losses, grad = [], [], torch.zeros(5, 3, dtype=torch.float64)
    for b in range(5):
        margin = [(pos[b, k] - neg[b, k]).item() for k in range(3)]
        total = sum(math.exp(m) for m in margin)
        weights.append([1 - math.exp(m) / total for m in margin])
        s = sum(w * m for w, m in zip(weights[-1], margin, strict=True))
        losses.append(math.log1p(math.exp(-s)))
        for k in range(3):
            grad[b, k] = -weights[-1][k] / (1 + math.exp(s)) / 5
    loss = balanced_bpr_loss(pos, neg)
    assert loss.item() == pytest.approx(sum(losses) / 5)
    assert BalancedBPRLoss()(pos, neg) == loss
    torch.testing.assert_close(branch_weights(pos - neg), torch.tensor(weights, dtype=torch.float64))
    loss.backward()
    torch.testing.assert_close(pos.grad, grad)
    torch.testing.assert_close(neg.grad, -grad)


def test_shapes_have_to_be_the_same() -> None:
    with pytest.raises(ValueError, match=r"'neg_score' needs to be of shape \[5, 3\]"):
        balanced_bpr_loss(torch.ones(5, 3), torch.ones(5, 2))
