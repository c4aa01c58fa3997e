import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import SoftIncidence

SIZES = {"a": 3, "b": 2}


@pytest.fixture
def graph(edge_index) -> Adj:
    """Five users, four items; user 4 has no item."""
    return Adj.from_edge_index(edge_index.flip(0), torch.ones(7).double(), size=(4, 5))


@pytest.fixture
def x():
    return {name: torch.randn(4, size, dtype=torch.float64) for name, size in SIZES.items()}


@pytest.mark.parametrize("masked", [False, True])
def test_values_and_gradients_by_hand(graph, x, masked) -> None:
    module = SoftIncidence(SIZES, 6, temperature=0.7, noise="never").double()
    available = {"b": torch.tensor([True, False, True, True])} if masked else None
    out = module(x, graph, available)
    assert list(out) == ["a", "b"]
    weights = list(module.parameters())
    for name, (user, item) in out.items():
        logit = x[name] @ module.project.lins[name].weight.t()
        having = torch.ones(4, 1).double()
        if masked and name == "b":
            having[1] = 0
        expected_item = torch.softmax(logit / 0.7, dim=1) * having
        expected_user = torch.softmax(graph.to_dense() @ (logit * having) / 0.7, dim=1)
        torch.testing.assert_close(item, expected_item, rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(user, expected_user, rtol=1e-10, atol=1e-10)
        factors = torch.randn_like(user), torch.randn_like(item)
        grads = [
            torch.autograd.grad(
                sum((f * side).sum() for f, side in zip(factors, sides, strict=True)),
                weights,
                allow_unused=True,
                retain_graph=True,
            )
            for sides in ((user, item), (expected_user, expected_item))
        ]
        for actual, wanted in zip(*grads, strict=True):
            torch.testing.assert_close(actual, wanted, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(out["a"].user[4], torch.full((6,), 1 / 6).double())


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("noise", ["training", "always", "never"])
def test_noise_comes_when_it_is_asked_for(graph, x, noise, training) -> None:
    module = SoftIncidence(SIZES, 3, noise=noise).double().train(training)
    first, second = module(x, graph), module(x, graph)
    noisy = noise == "always" or (noise == "training" and training)
    for name in SIZES:
        for a, b in zip(first[name], second[name], strict=True):
            assert torch.equal(a, b) == (not noisy)
            torch.testing.assert_close(a.sum(dim=1), torch.ones(a.size(0)).double())


def test_noise_draws_each_hyperedge_as_often_as_a_softmax_says() -> None:
    """At a low temperature rows are draws, whatever the temperature divides."""
    module = SoftIncidence({"a": 1}, 3, temperature=1e-3)
    with torch.no_grad():
        module.project.lins["a"].weight.copy_(torch.tensor([[0.0], [1.0], [2.0]]))
    nobody = Adj.from_edge_index(torch.empty(2, 0, dtype=torch.int64), size=(20_000, 1))
    item = module({"a": torch.ones(20_000, 1)}, nobody)["a"].item
    expected = torch.tensor([0.0, 1.0, 2.0]).softmax(dim=0)
    torch.testing.assert_close(item.mean(dim=0), expected, rtol=0, atol=0.015)
    assert item.max(dim=1).values.gt(0.9).float().mean() > 0.98


def test_reset_parameters_repr_and_errors(graph, x) -> None:
    module = SoftIncidence(SIZES, 3)
    for value in module.parameters():
        torch.nn.init.constant_(value, 77)
    module.reset_parameters()
    assert not any(value.eq(77).any() for value in module.parameters())
    assert repr(module) == "SoftIncidence({'a': 3, 'b': 2}, 3, temperature=0.2, noise='training')"
    with pytest.raises(ValueError, match="'num_hyperedges' needs to be at least 1 in 'SoftIncidence'"):
        SoftIncidence(SIZES, 0)
    with pytest.raises(ValueError, match="'temperature' needs to be positive in 'SoftIncidence'"):
        SoftIncidence(SIZES, 3, temperature=0.0)
    with pytest.raises(ValueError, match=r"'noise' needs to be one of .* in 'SoftIncidence'"):
        SoftIncidence(SIZES, 3, noise="mine")
    with pytest.raises(ValueError, match="include the modality 'b'"):
        module.double()({"a": x["a"]}, graph)
