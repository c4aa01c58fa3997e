import pytest
import torch

from pygmmrec.kernels.branches import squeezed as squeezed_branches
from pygmmrec.kernels.branches.gated import Gated, gated_branches, gated_branches_ref


def problem(num_rows: int, size: int = 3, num_channels: int = 10, **options):
    options = {"dtype": torch.float64, **options}
    shapes = ((num_channels, size), (num_channels,), (2, num_channels), (4, num_channels))
    weights = Gated(*(torch.randn(shape, **options).requires_grad_() for shape in shapes))
    return torch.randn(num_rows, size, **options).requires_grad_(), weights


@pytest.mark.parametrize("num_rows", [0, 1, 7, 24])
@pytest.mark.parametrize("block", [1, 5, 8, 100])
def test_value_and_gradients_are_those_of_autograd(num_rows, block, monkeypatch) -> None:
    monkeypatch.setattr(squeezed_branches, "CPU_ROWS", block)
    x, weights = problem(num_rows)
    outs = gated_branches(x, weights), gated_branches_ref(x, weights)
    assert outs[0].shape == (num_rows, 4)
    torch.testing.assert_close(*outs, rtol=1e-10, atol=1e-10)
    target = torch.randn_like(outs[0])
    grads = [torch.autograd.grad(out, [x, *weights], target) for out in outs]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


def test_gradients_against_differences_of_values(monkeypatch) -> None:
    monkeypatch.setattr(squeezed_branches, "CPU_ROWS", 2)
    x, weights = problem(5)
    assert torch.autograd.gradcheck(lambda x, *w: gated_branches(x, Gated(*w)), (x, *weights))


def test_nothing_as_wide_as_the_branches_is_kept_for_backward() -> None:
    x, weights = problem(2000, num_channels=40, dtype=torch.float32)
    saved: list[int] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t.numel()) or t, lambda t: t):
        gated_branches(x, weights)
    assert max(saved) == x.numel()


def test_in_single_precision_under_autocast() -> None:
    x, weights = problem(30, dtype=torch.float32)
    expected = gated_branches(x, weights)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(gated_branches(x, weights), expected)
        rounded = gated_branches(x.bfloat16(), weights)
    assert rounded.dtype == torch.float32
    torch.testing.assert_close(rounded, expected, rtol=0.2, atol=0.2 * float(expected.detach().abs().max()))
