import pytest
import torch

from pygmmrec.losses import AgreementLoss, agreement_loss
from pygmmrec.losses import agreement as module


@pytest.mark.parametrize("entries", [1, 9, 1000])
def test_it_is_the_divergence_both_ways_of_all_pairs(entries: int, monkeypatch) -> None:
    monkeypatch.setattr(module, "ENTRIES", entries)
    given = [torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (5, 4, 4)]
    user, view, other = given
    total = 0
    for u in user:
        for x, y in zip(view, other, strict=True):
            a, b = ((u @ z / z.norm()).sigmoid() for z in (x, y))
            forth = a * (a / b).log() + (1 - a) * ((1 - a) / (1 - b)).log()
            back = b * (b / a).log() + (1 - b) * ((1 - b) / (1 - a)).log()
            total = total + forth + back
    loss = agreement_loss(user, view, other)
    torch.testing.assert_close(loss, total / 20)
    ours = torch.autograd.grad(loss, given, retain_graph=True)
    for left, right in zip(ours, torch.autograd.grad(total / 20, given), strict=True):
        torch.testing.assert_close(left, right)
    assert torch.equal(AgreementLoss()(user, view, other), loss)


def test_far_users_stay_finite() -> None:
    user = torch.tensor([[1e4, 0.0]])
    loss = agreement_loss(user, torch.tensor([[1.0, 0.0]]), torch.tensor([[-1.0, 0.0]]))
    assert loss.isfinite()
    assert loss > 1e4


def test_wrong_shapes_are_errors() -> None:
    with pytest.raises(ValueError, match="'other' needs to be of shape"):
        agreement_loss(torch.zeros(2, 3), torch.zeros(4, 3), torch.zeros(5, 3))
