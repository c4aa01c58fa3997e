import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from pygmmrec.losses import InfoNCELoss, info_nce, info_nce_loss
from pygmmrec.losses.info_nce import info_nce_loss_ref, node_info_nce_loss


def by_loops(
    anchor: Tensor, positive: Tensor, temperature: float, index: list[int], similar=torch.cosine_similarity
) -> Tensor:
    """The sum leaves out other rows of the same node."""
    terms = []
    for b in range(len(anchor)):
        similarity = [similar(anchor[b], row, dim=0) / temperature for row in positive]
        summed = sum(similarity[c].exp() for c in range(len(anchor)) if c == b or index[c] != index[b])
        terms.append(-(similarity[b].exp() / summed).log())
    return torch.stack(terms).mean()


@pytest.mark.parametrize("temperature", [0.2, 1.0])
@pytest.mark.parametrize("index", [None, [0, 1, 2, 3, 4, 5], [3, 1, 3, 3, 0, 1], [2] * 6])
def test_values_and_gradients_are_those_of_loops(temperature, index) -> None:
    views = [torch.randn(6, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    given = None if index is None else torch.tensor(index)
    losses = (
        info_nce_loss(*views, temperature=temperature, index=given),
        by_loops(*views, temperature, index or list(range(6))),
    )
    torch.testing.assert_close(*losses, rtol=1e-10, atol=1e-10)
    grads = [torch.autograd.grad(loss, views) for loss in losses]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("index", [None, [3, 1, 3, 3, 0, 1]])
def test_products_in_place_of_cosines(index) -> None:
    def product(a: Tensor, b: Tensor, dim: int) -> Tensor:
        return (a * b).sum(dim)

    views = [torch.randn(6, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    given = None if index is None else torch.tensor(index)
    expected = by_loops(*views, 0.4, index or list(range(6)), product)
    for loss in (info_nce_loss, info_nce_loss_ref):
        actual = loss(*views, temperature=0.4, index=given, normalize=False)
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
        grads = [torch.autograd.grad(value, views, retain_graph=True) for value in (actual, expected)]
        for left, right in zip(*grads, strict=True):
            torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("repeats", [False, True])
def test_blocks_change_nothing(monkeypatch, dtype, repeats) -> None:
    monkeypatch.setattr(info_nce, "CPU_ROWS", 8)  # 21 rows are two blocks and a rest
    views = [torch.randn(21, 5, dtype=dtype, requires_grad=True) for _ in range(2)]
    index = torch.randint(0, 6, (21,)) if repeats else None
    losses = [loss(*views, temperature=0.3, index=index) for loss in (info_nce_loss, info_nce_loss_ref)]
    tolerance = 1e-10 if dtype == torch.float64 else 1e-6
    torch.testing.assert_close(*losses, rtol=tolerance, atol=tolerance)
    grads = [torch.autograd.grad(3 * loss, views) for loss in losses]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_counts_stand_for_equal_rows_that_are_no_negatives(monkeypatch, dtype) -> None:
    monkeypatch.setattr(info_nce, "CPU_ROWS", 3)
    index = torch.tensor([4, 0, 3, 4, 4, 0, 6])
    node, count = index.unique(return_counts=True)
    views = [torch.randn(7, 5, dtype=dtype, requires_grad=True) for _ in range(2)]
    results = []
    for loss in (info_nce_loss, info_nce_loss_ref):
        few = loss(*(view[node] for view in views), temperature=0.3, count=count)
        all_rows = loss(*(view[index] for view in views), temperature=0.3, index=index)
        results += [(value, *torch.autograd.grad(value, views)) for value in (few, all_rows)]
    tolerance = 1e-10 if dtype == torch.float64 else 1e-6
    for other in results[1:]:
        for actual, expected in zip(results[0], other, strict=True):
            torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


def test_the_loss_is_float32_under_autocast() -> None:
    views = [torch.randn(9, 4, requires_grad=True) for _ in range(2)]
    with torch.autocast("cpu", torch.bfloat16):
        loss = info_nce_loss(*views)
        short = info_nce_loss(*(view.bfloat16() for view in views))
    assert loss.dtype == short.dtype == torch.float32
    assert torch.equal(loss, info_nce_loss(*views))
    torch.testing.assert_close(short, loss, rtol=0.02, atol=0.02)


def test_repeated_rows_are_no_negatives() -> None:
    anchor, positive = torch.randn(4, 3), torch.randn(4, 3)
    once = info_nce_loss(anchor, positive, index=torch.arange(4))
    twice = info_nce_loss(anchor.repeat(2, 1), positive.repeat(2, 1), index=torch.arange(4).repeat(2))
    unmasked = info_nce_loss(anchor.repeat(2, 1), positive.repeat(2, 1))
    # Each row has three negatives, each of them twice.
    assert once < twice < unmasked


def test_closed_forms() -> None:
    eye = torch.eye(4)
    expected = math.log(math.exp(1 / 0.5) + 3) - 1 / 0.5
    assert float(info_nce_loss(eye, 7 * eye, temperature=0.5)) == pytest.approx(expected)
    same = torch.ones(5, 2)
    assert float(info_nce_loss(same, same)) == pytest.approx(math.log(5))
    assert float(info_nce_loss(same, same, index=torch.zeros(5))) == 0


def test_a_low_temperature_stays_finite() -> None:
    anchor = torch.randn(8, 3, requires_grad=True)
    loss = info_nce_loss(anchor, -anchor.detach(), temperature=1e-4)
    loss.backward()
    assert loss.isfinite()
    assert loss > 1e3
    assert anchor.grad.isfinite().all()


def test_the_module_is_the_function() -> None:
    views, index = (torch.randn(4, 3), torch.randn(4, 3)), torch.tensor([0, 1, 1, 2])
    module = InfoNCELoss(temperature=0.4)
    assert torch.equal(module(*views, index), info_nce_loss(*views, temperature=0.4, index=index))
    assert torch.equal(module(*views), info_nce_loss(*views, temperature=0.4))
    count = torch.tensor([1, 2, 1, 3])
    assert torch.equal(module(*views, None, count), info_nce_loss(*views, temperature=0.4, count=count))
    assert torch.equal(InfoNCELoss()(*views), info_nce_loss(*views))
    assert repr(module) == "InfoNCELoss(temperature=0.4, normalize=True)"
    products = InfoNCELoss(normalize=False)
    assert torch.equal(products(*views), info_nce_loss(*views, normalize=False))
    assert repr(products) == "InfoNCELoss(temperature=0.2, normalize=False)"


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'positive' needs to be of shape \[3, 2\] in 'info_nce_loss'"):
        info_nce_loss(torch.zeros(3, 2), torch.zeros(2, 2))
    with pytest.raises(ValueError, match=r"'count' needs to be of shape \[3\] in 'info_nce_loss'"):
        info_nce_loss(torch.zeros(3, 2), torch.zeros(3, 2), count=torch.ones(2))
    with pytest.raises(ValueError, match=r"'temperature' needs to be positive in 'info_nce_loss' \(got 0\)"):
        info_nce_loss(torch.zeros(3, 2), torch.zeros(3, 2), temperature=0)
    with pytest.raises(ValueError, match="'temperature' needs to be positive in 'InfoNCELoss'"):
        InfoNCELoss(temperature=-1)


def test_a_view_of_zeros_keeps_its_gradient_small() -> None:
    anchor, positive = torch.randn(3, 4), torch.randn(3, 4)
    positive[1] = 0  # an item whose neighbours all weigh nothing
    positive.requires_grad_()
    info_nce_loss(anchor, positive, temperature=0.5).backward()
    assert positive.grad.abs().max() < 10


def test_nodes_that_repeat_are_one_node_or_negatives_of_themselves() -> None:
    view, other = (torch.randn(5, 3, dtype=torch.float64) for _ in range(2))
    index = torch.tensor([4, 0, 4, 2])
    a, b = view[index], other[index]
    one = node_info_nce_loss(view, other, index, temperature=0.3)
    torch.testing.assert_close(one, info_nce_loss_ref(a, b, temperature=0.3, index=index))
    apart = node_info_nce_loss(view, other, index, temperature=0.3, distinct=False)
    torch.testing.assert_close(apart, info_nce_loss_ref(a, b, temperature=0.3))
    assert not torch.isclose(one, apart)


@pytest.mark.parametrize("repeated", [False, True])
def test_ranks_that_share_columns_share_the_rows(
    on_shards: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, repeated: bool
) -> None:
    monkeypatch.setattr(info_nce, "CPU_ROWS", 2)
    index = torch.tensor([0, 0, 1, 2, 3, 3, 3]) if repeated else None
    anchor = torch.linspace(-1, 1, 28, dtype=torch.float64).view(7, 4)

    def both(x: Tensor) -> Tensor:
        return info_nce_loss(x, x.square() - 0.3, index=index) + info_nce_loss(x, anchor.flip(0))

    assert not on_shards(both, anchor)
