import pytest
import torch

from pygmmrec.nn import RCA
from pygmmrec.nn.feature import rca_feature

NUM, DIM = 23, 4


@pytest.mark.parametrize("masked", [False, True], ids=["all", "some"])
@pytest.mark.parametrize("norm", ["none", "common", "l2", "layer"])
@pytest.mark.parametrize("activation", ["tanh", "identity"])
@pytest.mark.parametrize("block_size", [5, 100])
def test_sums_over_blocks_give_the_rounds_and_their_gradients(
    monkeypatch, block_size, activation, norm, masked
) -> None:
    monkeypatch.setattr(rca_feature, "BLOCK_SIZE", block_size)
    torch.manual_seed(0)
    module = RCA(["a", "b"], DIM, correlation="feature", activation=activation, norm=norm).double()
    available = {"b": torch.arange(NUM) % 3 > 0} if masked else None
    results = []
    for forward in (module.forward, module.forward_ref):
        module.zero_grad()
        generator = torch.Generator().manual_seed(1)
        x = {
            name: torch.randn(NUM, DIM, generator=generator, dtype=torch.float64).requires_grad_()
            for name in "ab"
        }
        out = forward(x, available)
        sum((out[name] * (m + 1)).sin().sum() for m, name in enumerate(out)).backward()
        results.append([*out.values(), *(x_m.grad for x_m in x.values())])
        results[-1] += [weight.grad for weight in module.parameters()]
    for fast, plain in zip(*results, strict=True):
        torch.testing.assert_close(fast, plain, rtol=1e-9, atol=1e-9)
