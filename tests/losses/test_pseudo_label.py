import pytest
import torch
import torch.nn.functional as F

from pygmmrec.losses import PseudoLabelLoss, pseudo_label_loss
from pygmmrec.losses import pseudo_label as module

INDEX = torch.tensor([0, 3, 4, 8])


def by_hand(views, having, num_labels: int, temperature: float) -> torch.Tensor:
    """Item by item and view by view, on the whole matrices."""
    num_items = len(views[0])
    cosines = [F.normalize(view) @ F.normalize(view).t() for view in views]
    near = []
    for x, cosine in enumerate(cosines):
        share = torch.zeros_like(cosine)
        for i in range(num_items):
            if having[i, x]:
                share[i, having[:, x]] = cosine[i, having[:, x]].softmax(0)
        near.append(share.detach())
    losses = []
    for x, cosine in enumerate(cosines):
        terms = []
        for i in [i for i in INDEX.tolist() if having[i, x]]:
            wanted = (sum(near) + near[x])[i]
            shared = sorted(range(num_items), key=lambda j: -float(wanted[j]))[:num_labels]
            rest = [j for j in range(num_items) if j not in shared]
            single = sorted(rest, key=lambda j: -float(near[x][i, j]))[:num_labels]
            e = (cosine[i] / temperature).exp() * having[:, x]
            common, own = e[shared].sum() / e.sum(), e[single].sum() / e[rest].sum()
            terms.append(-(common + 1e-9).log() - (own + 1e-9).log())
        losses.append(sum(terms) / len(terms))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("entries", [1, 40, 10000])
@pytest.mark.parametrize("lacking", [False, True])
@pytest.mark.parametrize("num_views", [1, 3])
def test_against_the_formula(num_views: int, lacking: bool, entries: int, monkeypatch) -> None:
    monkeypatch.setattr(module, "ENTRIES", entries)
    views = [torch.randn(12, 3, dtype=torch.float64, requires_grad=True) for _ in range(num_views)]
    having = torch.ones(12, num_views, dtype=torch.bool)
    if lacking:
        having[[3, 5], 0] = False
    options = {"num_labels": 3, "temperature": 0.3}
    loss = pseudo_label_loss(views, INDEX, having if lacking else None, **options)
    expected = by_hand(views, having, **options)
    torch.testing.assert_close(loss, expected)
    ours = torch.autograd.grad(loss, views)
    for left, right in zip(ours, torch.autograd.grad(expected, views), strict=True):
        torch.testing.assert_close(left, right)


def test_a_view_that_no_item_of_the_batch_has_is_zero() -> None:
    views = [torch.randn(12, 3, requires_grad=True) for _ in range(2)]
    having = torch.ones(12, 2, dtype=torch.bool)
    having[INDEX, 0] = False
    loss = pseudo_label_loss(views, INDEX, having, num_labels=3)
    assert loss.isfinite()
    gradients = torch.autograd.grad(loss, views)
    assert not gradients[0].any()
    assert gradients[1].any()


def test_labels_are_at_most_half_of_the_items() -> None:
    views = [torch.randn(5, 3, dtype=torch.float64)]
    few, many = (pseudo_label_loss(views, torch.arange(5), num_labels=n) for n in (2, 10))
    torch.testing.assert_close(few, many)


def test_the_module_its_text_and_wrong_arguments() -> None:
    views = [torch.randn(12, 3)]
    loss = PseudoLabelLoss(num_labels=3, temperature=0.5)
    assert torch.equal(loss(views, INDEX), pseudo_label_loss(views, INDEX, num_labels=3, temperature=0.5))
    assert repr(loss) == "PseudoLabelLoss(num_labels=3, temperature=0.5)"
    with pytest.raises(ValueError, match="'views' needs to be at least one"):
        pseudo_label_loss([], INDEX)
    with pytest.raises(ValueError, match="'views' needs to be all of shape"):
        pseudo_label_loss([views[0], views[0][:5]], INDEX)
    with pytest.raises(ValueError, match="'temperature' needs to be"):
        pseudo_label_loss(views, INDEX, temperature=0.0)
