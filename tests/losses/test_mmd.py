import math

import numpy as np
import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import MMDLoss, mmd_loss
from pygmmrec.losses.mmd import mmd_loss_ref


def by_loops(x: Tensor, y: Tensor, sigma: float, unbiased: bool) -> Tensor:
    def mean(a: Tensor, b: Tensor, leave_out: bool) -> Tensor:
        terms = [
            torch.exp(-(a[i] - b[j]).square().sum() / (2 * sigma**2))
            for i in range(len(a))
            for j in range(len(b))
            if not leave_out or i != j
        ]
        return torch.stack(terms).mean()

    return mean(x, x, unbiased) + mean(y, y, unbiased) - 2 * mean(x, y, False)


def views(*sizes: int, **options) -> list[Tensor]:
    return [torch.randn(n, 3, **{"dtype": torch.float64, "requires_grad": True, **options}) for n in sizes]


@pytest.mark.parametrize("sigma", [0.5, 1.5])
@pytest.mark.parametrize("unbiased", [False, True])
@pytest.mark.parametrize("loss", [mmd_loss, mmd_loss_ref])
def test_values_and_gradients_are_those_of_loops(loss, sigma, unbiased) -> None:
    samples = views(7, 5)
    values = loss(*samples, bandwidth=sigma, unbiased=unbiased), by_loops(*samples, sigma, unbiased)
    torch.testing.assert_close(*values, rtol=1e-10, atol=1e-10)
    grads = [torch.autograd.grad(value, samples) for value in values]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("unbiased", [False, True])
def test_several_samples_are_the_mean_over_pairs(unbiased) -> None:
    a, b, c = views(7, 5, 4)
    pairs = torch.stack([by_loops(*pair, 1.0, unbiased) for pair in ((a, b), (a, c), (b, c))])
    torch.testing.assert_close(mmd_loss(a, b, c, unbiased=unbiased), pairs.mean(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("unbiased", [False, True])
@pytest.mark.parametrize("loss", [mmd_loss, mmd_loss_ref])
def test_counts_stand_for_repeated_rows(loss, unbiased) -> None:
    x, y = views(4, 3)
    counts = torch.tensor([1, 3, 1, 2]), torch.tensor([2, 1, 1])
    repeated = [z.repeat_interleave(n, dim=0) for z, n in zip((x, y), counts, strict=True)]
    values = loss(x, y, unbiased=unbiased, counts=counts), loss(*repeated, unbiased=unbiased)
    torch.testing.assert_close(*values, rtol=1e-10, atol=1e-10)
    grads = [torch.autograd.grad(value, (x, y)) for value in values]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


def test_several_bandwidths_are_averaged() -> None:
    x, y = views(7, 5)
    expected = (by_loops(x, y, 0.5, False) + by_loops(x, y, 2.0, False)) / 2
    torch.testing.assert_close(mmd_loss(x, y, bandwidth=[0.5, 2]), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("loss", [mmd_loss, mmd_loss_ref])
def test_shares_of_the_median_distance_as_bandwidths(loss) -> None:
    x, y = views(7, 5)
    median = torch.nn.functional.pdist(torch.cat([x, y])).median().detach()
    terms = [by_loops(x, y, float(median) * share, False) for share in (0.25, 0.5, 1, 2)]
    values = loss(x, y, bandwidth="medians"), sum(terms) / 4
    torch.testing.assert_close(*values, rtol=1e-12, atol=1e-12)
    grads = [torch.autograd.grad(value, (x, y)) for value in values]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-12, atol=1e-12)


def test_a_wide_bandwidth_sees_means_only_and_medians_see_spread() -> None:
    torch.manual_seed(0)
    narrow, wide = torch.randn(400, 8), 2 * torch.randn(400, 8)
    narrow, wide = narrow - narrow.mean(dim=0), wide - wide.mean(dim=0)
    same = narrow[torch.randperm(400)] + 1e-3
    assert float(mmd_loss(narrow, wide, bandwidth=100.0)) < 1e-5
    assert float(mmd_loss(narrow, wide, bandwidth="medians")) > 0.05
    assert float(mmd_loss(narrow, same, bandwidth="medians")) < 1e-3


def test_the_median_distance_as_bandwidth() -> None:
    x, y = torch.tensor([[0.0], [1.0]], requires_grad=True), torch.tensor([[10.0]])
    # Distances 1, 10 and 9.
    torch.testing.assert_close(mmd_loss(x, y, bandwidth="median"), mmd_loss(x, y, bandwidth=9.0))
    grads = [torch.autograd.grad(mmd_loss(x, y, bandwidth=b), x)[0] for b in ("median", 9.0)]
    torch.testing.assert_close(*grads)
    same = torch.ones(3, 2)
    assert float(mmd_loss(same, same, bandwidth="median")) == pytest.approx(0, abs=1e-6)


def test_closed_forms() -> None:
    x, y = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]])
    assert float(mmd_loss(x, y, bandwidth=5.0)) == pytest.approx(2 - 2 * math.exp(-0.5), rel=1e-6)
    x = torch.randn(6, 3)
    assert float(mmd_loss(x, x.flip(0))) == pytest.approx(0, abs=1e-6)


def test_the_unbiased_value_is_zero_on_average() -> None:
    draws = [mmd_loss(*views(4, 4, requires_grad=False), unbiased=True) for _ in range(2000)]
    values = torch.stack(draws)
    assert (values < 0).any()
    assert values.mean().abs() < 4 * values.std() / len(draws) ** 0.5
    biased = [mmd_loss(*views(4, 4, requires_grad=False)) for _ in range(200)]
    assert min(biased) > 0


def test_distances_far_from_the_origin_keep_their_digits() -> None:
    x, y = views(6, 6, dtype=torch.float32)
    torch.testing.assert_close(mmd_loss(x + 100, y + 100), mmd_loss(x, y), rtol=1e-3, atol=1e-5)


def test_half_precision_is_computed_in_single() -> None:
    x, y = (v.detach().bfloat16() for v in views(30, 30, dtype=torch.float32))
    expected = mmd_loss(x.float(), y.float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        actual = mmd_loss(x, y)
    torch.testing.assert_close(actual, expected)


def test_a_large_batch_never_holds_the_kernel() -> None:
    x, y = torch.randn(1500, 4, requires_grad=True), torch.randn(1500, 4)
    saved: list[int] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t.numel()) or t, lambda t: t):
        mmd_loss(x, y).backward()
    assert max(saved) <= 1500 * 6


def test_the_module_is_the_function() -> None:
    x, y = views(4, 4)
    module = MMDLoss(bandwidth=(0.5, 1.5), unbiased=True)
    assert torch.equal(module(x, y), mmd_loss(x, y, bandwidth=(0.5, 1.5), unbiased=True))
    assert torch.equal(MMDLoss()(x, y), mmd_loss(x, y))
    counts = torch.arange(1, 5), torch.ones(4)
    assert torch.equal(MMDLoss()(x, y, counts=counts), mmd_loss(x, y, counts=counts))
    assert repr(module) == "MMDLoss(bandwidth=(0.5, 1.5), unbiased=True)"
    assert repr(MMDLoss(bandwidth="median")) == "MMDLoss(bandwidth='median', unbiased=False)"


@pytest.mark.parametrize("bandwidth", [0, -1.0, [], [1.0, 0.0], "mean"])
def test_wrong_bandwidths_are_errors(bandwidth) -> None:
    with pytest.raises(
        ValueError, match="'bandwidth' needs to be positive numbers, 'median' or 'medians' in 'MMDLoss'"
    ):
        MMDLoss(bandwidth=bandwidth)
    with pytest.raises(ValueError, match=r"'bandwidth' needs to be .* in 'mmd_loss'"):
        mmd_loss(torch.zeros(2, 2), torch.zeros(2, 2), bandwidth=bandwidth)


def test_wrong_samples_are_errors() -> None:
    x = torch.zeros(3, 2)
    with pytest.raises(ValueError, match=r"'samples' needs to be two or more in 'mmd_loss' \(got 1\)"):
        mmd_loss(x)
    with pytest.raises(ValueError, match=r"'samples' needs to be \[B, 2\] with at least 1 rows"):
        mmd_loss(x, torch.zeros(3, 4))
    with pytest.raises(ValueError, match=r"'counts' needs to be of shapes \[\[3\], \[3\]\] in 'mmd_loss'"):
        mmd_loss(x, x, counts=(torch.ones(3), torch.ones(2)))
    with pytest.raises(ValueError, match="with at least 2 rows"):
        mmd_loss(x, x[:1], unbiased=True)


def test_the_released_codes_numbers(golden) -> None:
    arrays = np.load(golden / "MambaRec.npz")
    x, y = (unit_rows(torch.from_numpy(arrays[f"unit/{name}"])) for name in "xy")
    found = [name for name in arrays.files if name.startswith("unit/mmd_bw")]
    assert found
    for name in found:
        value = mmd_loss(x, y, bandwidth=float(name.removeprefix("unit/mmd_bw")))
        torch.testing.assert_close(value, torch.from_numpy(arrays[name]), rtol=0, atol=1e-6)


def test_samples_of_very_different_lengths_keep_their_digits() -> None:
    torch.manual_seed(0)
    samples = [1e3 + 0.5 * torch.randn(300, 16), torch.randn(300, 16), 60 * torch.randn(300, 16)]
    exact = mmd_loss_ref(*(x.double() for x in samples), bandwidth="medians")
    found = mmd_loss(*samples, bandwidth="medians")
    torch.testing.assert_close(found.double(), exact, rtol=1e-3, atol=1e-4)
    exact = mmd_loss_ref(*(x.double() for x in samples), bandwidth=0.3)
    found = mmd_loss(*samples, bandwidth=0.3)
    assert 0 <= float(found) <= 4
    torch.testing.assert_close(found.double(), exact, rtol=0.02, atol=1e-4)
