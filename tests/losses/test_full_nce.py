import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from pygmmrec.losses import FullNCELoss, full_nce, full_nce_loss
from pygmmrec.losses.full_nce import full_nce_loss_ref

INDEX = torch.tensor([4, 0, 3, 4, 4, 6])
"""Node 4 three times."""


def views(num_nodes: int = 7, dim: int = 3, dtype=torch.float64) -> list[Tensor]:
    return [torch.randn(num_nodes, dim, dtype=dtype, requires_grad=True) for _ in range(2)]


def by_loops(anchor: Tensor, other: Tensor, temperature: float, among: list[bool]) -> list[Tensor]:
    terms = []
    for n in (n for n in INDEX.tolist() if among[n]):
        similar = [torch.cosine_similarity(anchor[n], row, dim=0) / temperature for row in other]
        summed = sum(value.exp() for value, kept in zip(similar, among, strict=True) if kept)
        terms.append(-(similar[n].exp() / summed).log())
    return terms


@pytest.mark.parametrize("temperature", [0.2, 1.0])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("among", [None, [True, False, True, True, True, False, False]])
def test_values_and_gradients_are_those_of_loops(temperature, reduction, among) -> None:
    both = views()
    terms = torch.stack(by_loops(*both, temperature, among or [True] * 7))
    expected = terms.mean() if reduction == "mean" else terms.sum()
    wanted = torch.autograd.grad(expected, both)
    mask = None if among is None else torch.tensor(among)
    for loss in (full_nce_loss, full_nce_loss_ref):
        actual = loss(*both, INDEX, temperature=temperature, reduction=reduction, among=mask)
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
        for left, right in zip(torch.autograd.grad(actual, both), wanted, strict=True):
            torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("bound", [0.5, math.inf])
def test_dot_products_with_a_bound_are_those_of_loops(bound) -> None:
    both = views()
    terms = []
    for n in INDEX.tolist():
        products = [both[0][n] @ row / 0.3 for row in both[1]]
        own = products[n].clamp(-bound, bound)
        terms.append(sum(value.exp() for value in products).log() - own)
    expected = torch.stack(terms).mean()
    wanted = torch.autograd.grad(expected, both)
    for loss in (full_nce_loss, full_nce_loss_ref):
        actual = loss(*both, INDEX, temperature=0.3, normalize=False, bound=bound)
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
        for left, right in zip(torch.autograd.grad(actual, both), wanted, strict=True):
            torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_blocks_change_nothing(monkeypatch, dtype) -> None:
    monkeypatch.setattr(full_nce, "CPU_ENTRIES", 50)  # 2 rows of 23 at a time
    both = views(23, 5, dtype)
    index = torch.randint(0, 23, (40,))
    losses = [loss(*both, index, temperature=0.3) for loss in (full_nce_loss, full_nce_loss_ref)]
    tolerance = 1e-10 if dtype == torch.float64 else 1e-6
    torch.testing.assert_close(*losses, rtol=tolerance, atol=tolerance)
    grads = [torch.autograd.grad(3 * loss, both) for loss in losses]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


def test_gradcheck() -> None:
    assert torch.autograd.gradcheck(lambda a, b: full_nce_loss(a, b, INDEX, temperature=0.5), views())


def test_closed_forms() -> None:
    eye = torch.eye(4)
    expected = math.log(math.exp(1 / 0.5) + 3) - 1 / 0.5
    assert float(full_nce_loss(eye, 7 * eye, torch.tensor([2, 0]), temperature=0.5)) == pytest.approx(
        expected
    )
    same = torch.ones(9, 2)
    assert float(full_nce_loss(same, same, INDEX, reduction="sum")) == pytest.approx(6 * math.log(9))
    nobody = full_nce_loss(same, same, INDEX, among=torch.arange(9) == 1)
    assert float(nobody) == float(full_nce_loss_ref(same, same, INDEX, among=torch.arange(9) == 1)) == 0
    assert float(full_nce_loss(same, same, INDEX, among=torch.zeros(9, dtype=torch.bool))) == 0


def test_a_low_temperature_stays_finite() -> None:
    anchor = torch.randn(8, 3, requires_grad=True)
    loss = full_nce_loss(anchor, -anchor.detach(), INDEX, temperature=1e-4)
    loss.backward()
    assert loss.isfinite()
    assert loss > 1e3
    assert anchor.grad.isfinite().all()


def test_the_loss_is_float32_under_autocast() -> None:
    both = views(9, 4, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        loss = full_nce_loss(*both, INDEX)
        short = full_nce_loss(*(view.bfloat16() for view in both), INDEX)
    assert loss.dtype == short.dtype == torch.float32
    assert torch.equal(loss, full_nce_loss(*both, INDEX))
    torch.testing.assert_close(short, loss, rtol=0.02, atol=0.02)


def test_the_module_is_the_function() -> None:
    both, among = views(), torch.arange(7) != 3
    module = FullNCELoss(temperature=0.4, reduction="sum")
    expected = full_nce_loss(*both, INDEX, temperature=0.4, reduction="sum", among=among)
    assert torch.equal(module(*both, INDEX, among), expected)
    assert torch.equal(FullNCELoss()(*both, INDEX), full_nce_loss(*both, INDEX))
    assert repr(module) == "FullNCELoss(temperature=0.4, reduction='sum', normalize=True, bound=inf)"
    module = FullNCELoss(normalize=False, bound=0.1)
    assert torch.equal(module(*both, INDEX), full_nce_loss(*both, INDEX, normalize=False, bound=0.1))


def test_wrong_arguments_are_errors() -> None:
    zeros = torch.zeros(3, 2)
    with pytest.raises(ValueError, match=r"'other' needs to be of shape \[3, 2\] in 'full_nce_loss'"):
        full_nce_loss(zeros, torch.zeros(2, 2), INDEX)
    with pytest.raises(ValueError, match=r"'temperature' needs to be positive in 'full_nce_loss' \(got 0\)"):
        full_nce_loss(zeros, zeros, INDEX, temperature=0)
    with pytest.raises(ValueError, match="'reduction' needs to be one of"):
        full_nce_loss(zeros, zeros, INDEX, reduction="max")
    for make in (lambda: full_nce_loss(zeros, zeros, INDEX, bound=0), lambda: FullNCELoss(bound=0)):
        with pytest.raises(ValueError, match="'bound' needs to be above 0"):
            make()
    with pytest.raises(ValueError, match="'temperature' needs to be positive in 'FullNCELoss'"):
        FullNCELoss(temperature=-1)
    with pytest.raises(ValueError, match=r"'reduction' needs to be one of .* in 'FullNCELoss'"):
        FullNCELoss(reduction="max")


def test_ranks_that_share_columns_share_the_rows(
    on_shards: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_nce, "CPU_ENTRIES", 14)
    table = torch.linspace(-1, 1, 28, dtype=torch.float64).view(7, 4)
    assert not on_shards(lambda x: full_nce_loss(x, x.square() - 0.3, INDEX), table)
