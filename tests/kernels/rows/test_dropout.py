import pytest
import torch

from pygmmrec.kernels.rows.dropout import LEVELS, dropout


@pytest.mark.parametrize("p", [0.1, 0.5, 0.93])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_as_many_are_dropped_and_the_mean_is_kept(p, dtype) -> None:
    x = torch.full((400, 1000), 3.0, dtype=dtype)
    out = dropout(x, p)
    assert out.dtype == dtype
    assert out.shape == x.shape
    assert out.eq(0).double().mean().item() == pytest.approx(p, abs=0.004)
    assert out.double().mean().item() == pytest.approx(3, rel=0.05)
    assert len(out.unique()) == 2


def test_what_stays_is_scaled_by_the_share_that_is_drawn() -> None:
    p = 0.3  # no multiple of 1 / LEVELS
    kept = 1 - round(p * LEVELS) / LEVELS
    out = dropout(torch.ones(1000, dtype=torch.float64), p)
    torch.testing.assert_close(out[out != 0], torch.full_like(out[out != 0], 1 / kept), rtol=1e-15, atol=0)


def test_each_element_is_dropped_on_its_own() -> None:
    draws = torch.stack([dropout(torch.ones(9), 0.5) for _ in range(4000)]) - 1  # 1 or -1
    together = draws.t() @ draws / len(draws)
    torch.testing.assert_close(together, torch.eye(9), rtol=0, atol=0.08)


@pytest.mark.parametrize("shape", [(0,), (1,), (3, 5), (2, 3, 4)])
def test_any_shape_and_nothing_dropped_at_zero(shape) -> None:
    x = torch.rand(shape) + 1
    assert torch.equal(dropout(x, 0.0), x)
    out = dropout(x, 0.5)
    assert torch.equal(out[out != 0], 2 * x[out != 0])


def test_almost_all_may_be_dropped() -> None:
    assert dropout(torch.ones(1000), 1 - 1e-9).isfinite().all()


def test_the_seed_decides_and_the_gradient_is_that_of_the_mask() -> None:
    x = torch.ones(100, requires_grad=True)
    torch.manual_seed(3)
    first = dropout(x, 0.25)
    torch.manual_seed(3)
    assert torch.equal(dropout(x, 0.25), first)
    (grad,) = torch.autograd.grad(first.sum(), x)
    assert torch.equal(grad, first.detach())
