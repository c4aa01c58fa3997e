import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import DisentangledTower
from pygmmrec.nn.feature import disentangled_tower as module

NUM_ROWS, NUM_COLUMNS, CHANNELS = 5, 7, 4


def sparse(dense: Tensor) -> Adj:
    size = (dense.size(1), dense.size(0))
    return Adj.from_edge_index(dense.nonzero().t().flip(0), dense[dense != 0], size=size)


def unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True)


@pytest.fixture
def x() -> Tensor:
    x = torch.rand(NUM_ROWS, NUM_COLUMNS, dtype=torch.float64)
    x[x < 0.4] = 0
    x[:, 2] = 1
    return x


@pytest.fixture
def graph() -> Tensor:
    """Directed, so that its transpose is another one."""
    graph = torch.rand(NUM_COLUMNS, NUM_COLUMNS, dtype=torch.float64)
    return graph * (graph > 0.6)


def build(num_factors: int = 3, **config) -> DisentangledTower:
    tower = DisentangledTower(NUM_COLUMNS, CHANNELS, num_factors=num_factors, **config).double()
    torch.nn.init.normal_(tower.bias)
    return tower


@pytest.mark.parametrize("spread", [True, False])
@pytest.mark.parametrize("num_factors", [1, 3])
def test_encoding_is_the_dense_formula_with_and_without_sampling(x, graph, num_factors, spread) -> None:
    """With a dropout so small that it drops nothing, the path that spreads rows gives what weights give."""
    tower = build(num_factors, p=1e-12, temperature=0.4)
    log_share = tower.log_share()
    similarity = unit(tower.code) @ unit(tower.prototype).t()
    torch.testing.assert_close(log_share, (similarity / 0.4).log_softmax(dim=1))
    expected = []
    for k in range(num_factors):
        y = unit(x * log_share[:, k].exp())
        expected.append(((y @ graph @ graph + y) / 2 if spread else y) @ tower.weight + tower.bias)
    mean, log_precision = torch.stack(expected, dim=1).chunk(2, dim=2)
    results = []
    for sample in (False, True):
        out = tower.encode(sparse(x), log_share, sparse(graph) if spread else None, sample=sample)
        torch.testing.assert_close(out[0], unit(mean), rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(out[1], -log_precision, rtol=1e-10, atol=1e-10)
        total = sum((value * torch.arange(value.numel()).view_as(value)).sum() for value in out)
        results.append(torch.autograd.grad(total, tuple(tower.parameters()), retain_graph=True))
    total = sum(
        (value * torch.arange(value.numel()).view_as(value)).sum() for value in (unit(mean), -log_precision)
    )
    for *actual, wanted in zip(*results, torch.autograd.grad(total, tuple(tower.parameters())), strict=True):
        for value in actual:
            torch.testing.assert_close(value, wanted, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("block", [1, 50, 10**9])
def test_the_size_of_a_block_changes_nothing(x, graph, monkeypatch, block) -> None:
    tower, other = build(p=1e-12), sparse(graph)
    expected = tower.encode(sparse(x), tower.log_share(), other)
    monkeypatch.setattr(module, "BLOCK", block)
    for actual, value in zip(
        tower.encode(sparse(x), tower.log_share(), other, sample=True), expected, strict=True
    ):
        torch.testing.assert_close(actual, value, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("spread", [True, False])
def test_dropout_takes_elements_of_the_spread_row_and_keeps_its_mean(x, graph, spread) -> None:
    tower = build(num_factors=1, p=0.5)
    log_share, adj = tower.log_share(), sparse(graph) if spread else None
    with torch.no_grad():
        torch.nn.init.zeros_(tower.bias)
        tower.weight.copy_(torch.eye(NUM_COLUMNS, 2 * CHANNELS))  # what comes out is minus the row, in part
        draws = torch.stack([tower.encode(sparse(x), log_share, adj, sample=True)[1] for _ in range(4000)])
        expected = tower.encode(sparse(x), log_share, adj)[1]
    torch.testing.assert_close(draws.mean(dim=0), expected, rtol=0.15, atol=0.02)
    kept = draws[..., expected[0, 0] != 0][:, 0]
    assert 0.47 < kept.ne(0).double().mean() < 0.53
    torch.testing.assert_close(
        kept[kept != 0], (2 * expected[:, 0][:1][:, expected[0, 0] != 0]).expand_as(kept)[kept != 0]
    )


def test_decoding_is_a_mixture_over_factors() -> None:
    tower = build(temperature=0.5)
    z, log_share = torch.randn(NUM_ROWS, 3, CHANNELS, dtype=torch.float64), tower.log_share()
    out = tower.decode(z, log_share)
    for b in range(NUM_ROWS):
        for i in range(NUM_COLUMNS):
            code = tower.code[i] / tower.code[i].norm()
            value = sum(log_share[i, k].exp() * (z[b, k] @ code / 0.5).exp() for k in range(3)).log()
            torch.testing.assert_close(out[b, i], value)


def test_gumbels_noise_draws_a_factor_by_its_share() -> None:
    """The largest of the noisy logits is a draw from the softmax."""
    tower = build(temperature=0.5)
    draws = torch.stack([tower.log_share(sample=True).argmax(dim=1) for _ in range(4000)])
    frequency = torch.stack([(draws == k).double().mean(dim=0) for k in range(3)], dim=1)
    torch.testing.assert_close(frequency, tower.log_share().exp().detach(), rtol=0, atol=0.04)
    torch.testing.assert_close(
        tower.log_share(sample=True).exp().sum(dim=1), torch.ones(NUM_COLUMNS).double()
    )


def test_samples_are_unit_rows_around_the_mean() -> None:
    tower = build(std=0.3)
    mean = unit(torch.randn(1, 3, CHANNELS, dtype=torch.float64)).expand(6000, -1, -1)
    log_var = torch.tensor([-3.0, 0.0, 1.0], dtype=torch.float64).view(1, 3, 1).expand_as(mean)
    z = tower.draw(mean, log_var)
    torch.testing.assert_close(z.norm(dim=2), torch.ones(6000, 3).double())
    spread = (z - (z * mean).sum(dim=2, keepdim=True) * mean).square().sum(dim=2).mean(dim=0)
    assert spread[0] < spread[1] < spread[2]
    assert spread[0].item() == pytest.approx(3 * (0.3**2) * torch.tensor(-3.0).exp().item(), rel=0.1)
    assert torch.equal(build(std=0.0).draw(mean[:2], log_var[:2]), unit(mean[:2]))


def test_an_empty_row_is_the_bias() -> None:
    tower = build()
    mean, log_var = tower.encode(sparse(torch.zeros(1, NUM_COLUMNS, dtype=torch.float64)), tower.log_share())
    torch.testing.assert_close(mean[0], unit(tower.bias[:CHANNELS]).expand(3, -1))
    (mean.sum() + log_var.sum()).backward()
    assert all(value.grad is None or value.grad.isfinite().all() for value in tower.parameters())


def test_reset_parameters_repr_and_errors(x) -> None:
    tower = build()
    for value in tower.parameters():
        torch.nn.init.constant_(value, 77)
    tower.reset_parameters()
    assert not any(value.eq(77).any() for value in tower.parameters())
    assert repr(tower) == "DisentangledTower(7, 4, num_factors=3, temperature=0.1, p=0.5, std=0.075)"
    for config, name in (
        ({"num_factors": 0}, "num_factors"),
        ({"temperature": 0.0}, "temperature"),
        ({"p": 1.0}, "p"),
        ({"std": -1.0}, "std"),
    ):
        with pytest.raises(ValueError, match=rf"'{name}' needs to be .* in 'DisentangledTower'"):
            DisentangledTower(7, 4, **config)
    with pytest.raises(ValueError, match=r"'x' needs to be of 7 columns in 'DisentangledTower' \(got 6\)"):
        tower.encode(sparse(x[:, :6]), tower.log_share())
