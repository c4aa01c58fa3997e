import pytest
import torch

from pygmmrec.losses import BootstrapLoss, bootstrap_loss


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-6)])
def test_value_and_gradient_are_those_of_a_loop(dtype, tolerance) -> None:
    online = torch.randn(7, 3, dtype=dtype, requires_grad=True)
    target = torch.randn(7, 3, dtype=dtype, requires_grad=True)
    pairs = zip(online, target.detach(), strict=True)
    expected = torch.stack([1 - (a @ b) / (a @ a).sqrt() / (b @ b).sqrt() for a, b in pairs]).mean()
    actual = bootstrap_loss(online, target)
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)
    grads = [torch.autograd.grad(loss, online)[0] for loss in (actual, expected)]
    torch.testing.assert_close(*grads, rtol=tolerance, atol=tolerance)


def test_gradcheck_and_no_gradient_of_the_target() -> None:
    online = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    target = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: bootstrap_loss(x, target), online)
    assert torch.autograd.grad(bootstrap_loss(online, target), target, allow_unused=True) == (None,)
    assert torch.autograd.grad(bootstrap_loss(online, online), online)[0].norm() < 1e-12  # at its minimum


def test_closed_forms() -> None:
    x = torch.eye(4)
    assert float(bootstrap_loss(x, 5 * x)) == 0
    assert float(bootstrap_loss(x, -x)) == 2
    assert float(bootstrap_loss(x, x.flip(0))) == 1
    assert float(bootstrap_loss(x[:2], torch.stack([x[0], -x[1]]))) == 1


def test_a_row_of_zeros_is_at_distance_one_and_keeps_its_gradient_small() -> None:
    online = torch.zeros(3, 4, requires_grad=True)
    loss = bootstrap_loss(online, torch.randn(3, 4))
    loss.backward()
    assert loss.item() == 1
    assert online.grad.abs().max() < 1


def test_the_loss_is_float32_under_autocast() -> None:
    online, target = torch.randn(6, 4), torch.randn(6, 4)
    with torch.autocast("cpu", torch.bfloat16):
        short = bootstrap_loss(online.bfloat16(), target.bfloat16())
        assert torch.equal(bootstrap_loss(online, target), bootstrap_loss(online, target))
    assert short.dtype == torch.float32
    torch.testing.assert_close(short, bootstrap_loss(online, target), rtol=0.02, atol=0.02)


def test_the_module_is_the_function() -> None:
    online, target = torch.randn(6, 4), torch.randn(6, 4)
    assert torch.equal(BootstrapLoss()(online, target), bootstrap_loss(online, target))
    assert repr(BootstrapLoss()) == "BootstrapLoss()"


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'target' needs to be of shape \[3, 2\] in 'bootstrap_loss'"):
        bootstrap_loss(torch.zeros(3, 2), torch.zeros(2, 2))
    with pytest.raises(ValueError, match="'online' needs to be at least one row in 'bootstrap_loss'"):
        bootstrap_loss(torch.zeros(0, 2), torch.zeros(0, 2))
