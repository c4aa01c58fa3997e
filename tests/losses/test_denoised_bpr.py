import math

import pytest
import torch

from pygmmrec.losses import DenoisedBPRLoss, denoised_bpr_loss


def by_hand(pos_score, neg_score, pos, neg, had_pos, had_neg) -> torch.Tensor:
    """Triplet by triplet, with Python's numbers as weights."""
    others = [float(g) for row, had in zip(neg, had_neg, strict=True) for g in row[had]]
    others = sum(others) / len(others)
    total = 0
    for b in range(len(pos_score)):
        views = [float(g) for g in pos[b][had_pos[b]]]
        mean = sum(views) / len(views)
        variance = sum((g - mean) ** 2 for g in views) / (len(views) - 1) if len(views) > 1 else 0.0
        keep = min(1.0, mean * math.exp(-variance) ** 2)
        turn = max(0.0, max(views) - others) if mean < others else 0.0
        margin = pos_score[b] - neg_score[b]
        total = total + keep * (1 + (-margin).exp()).log() + turn * (1 + margin.exp()).log()
    return total / len(pos_score)


@pytest.mark.parametrize("num_views", [1, 2, 4])
@pytest.mark.parametrize("lacking", [False, True])
def test_against_the_formula(num_views: int, lacking: bool) -> None:
    pos_score, neg_score = (torch.randn(30, dtype=torch.float64, requires_grad=True) for _ in range(2))
    pos, neg = (torch.rand(30, num_views, dtype=torch.float64, requires_grad=True) for _ in range(2))
    had = [torch.ones(30, num_views, dtype=torch.bool) for _ in range(2)]
    if lacking:
        for mask in had:
            mask[:, :-1] = torch.rand(30, num_views - 1) < 0.6
    expected = by_hand(pos_score, neg_score, pos, neg, *had)
    given = [pos_score, neg_score, pos, neg, *(had if lacking else [])]
    loss = denoised_bpr_loss(*given)
    torch.testing.assert_close(loss, expected)
    ours = torch.autograd.grad(loss, (pos_score, neg_score))
    for left, right in zip(ours, torch.autograd.grad(expected, (pos_score, neg_score)), strict=True):
        torch.testing.assert_close(left, right)
    assert torch.equal(DenoisedBPRLoss()(*given), loss)
    again = denoised_bpr_loss(*given)
    assert torch.autograd.grad(again, pos, allow_unused=True) == (None,)  # weights are no way to learn


def test_large_margins_stay_finite() -> None:
    score = torch.tensor([1e4, -1e4])
    belief = torch.tensor([[0.1, 0.9], [0.9, 0.8]])
    assert denoised_bpr_loss(score, -score, belief, belief).isfinite()


def test_wrong_shapes_are_errors() -> None:
    with pytest.raises(ValueError, match="'neg_score' needs to be of shape"):
        denoised_bpr_loss(torch.zeros(3), torch.zeros(2), torch.zeros(3, 2), torch.zeros(3, 2))
    with pytest.raises(ValueError, match="'pos_belief' needs to be of shape"):
        denoised_bpr_loss(torch.zeros(3), torch.zeros(3), torch.zeros(3, 2), torch.zeros(3, 1))
