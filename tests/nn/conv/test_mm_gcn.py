import pytest
import torch
import torch.nn.functional as F

from pygmmrec.nn import MMGCNConv, MMGCNPropagation
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings


@pytest.fixture
def graph(toy_data, edge_index):
    """Matrices to users and to items; user 4 and item 3 have no edge."""
    data = ToAdj()(BipartiteNorm("row")(toy_data(edge_index, 5, 4)))
    return [data[edge_type].matrix.to(torch.float64) for edge_type in (REV_INTERACTS, INTERACTS)]


@pytest.fixture
def inputs(graph):
    def draw(size: int) -> Embeddings:
        return Embeddings(*(torch.randn(n, size, dtype=torch.float64, requires_grad=True) for n in (5, 4)))

    return draw(3), draw(2), *graph


def dense_step(conv: MMGCNConv, x, identity, edge_index) -> torch.Tensor:
    """Node by node, on users above items, [N, D]."""
    neighbours = {n: [] for n in range(9)}
    for u, i in edge_index.t().tolist():
        neighbours[u].append(i + 5)
        neighbours[i + 5].append(u)
    new = []
    for n in range(9):
        mean = sum((x[j] for j in neighbours[n]), start=torch.zeros_like(x[0])) / max(len(neighbours[n]), 1)
        h = F.leaky_relu(conv.neighbour.weight @ mean)
        own = F.leaky_relu(conv.own.weight @ x[n] + conv.own.bias) + identity[n]
        if conv.combine == "concat":
            new.append(F.leaky_relu(conv.join.weight @ torch.cat([h, own]) + conv.join.bias))
        else:
            new.append(F.leaky_relu(conv.join.weight @ h + conv.join.bias + own))
    return torch.stack(new)


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("combine", ["concat", "sum"])
def test_values_and_gradients_are_those_of_the_dense_formula(inputs, edge_index, combine, num_layers) -> None:
    x, identity, to_user, to_item = inputs
    layer = MMGCNPropagation(3, 2, num_layers=num_layers, combine=combine).double()
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    out = torch.cat(layer(x, identity, to_user, to_item))
    expected = torch.cat(x)
    for conv in layer.convs:
        expected = dense_step(conv, expected, torch.cat(identity), edge_index)
    torch.testing.assert_close(out, expected, rtol=1e-6, atol=1e-6)  # weights were made in float32
    factor, wanted = torch.randn_like(out), [*x, *identity, *layer.parameters()]
    left = torch.autograd.grad((out * factor).sum(), wanted)
    for a, b in zip(left, torch.autograd.grad((expected * factor).sum(), wanted), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
        assert a.ne(0).all() or a.size(0) in (4, 5)  # only a lonely node is out of reach


def test_one_step_is_the_first_of_a_stack(inputs) -> None:
    stack = MMGCNPropagation(3, 2, num_layers=1).double()
    for a, b in zip(stack(*inputs), stack.convs[0](*inputs), strict=True):
        assert torch.equal(a, b)


def test_start_and_reset() -> None:
    layer = MMGCNPropagation(3, 2, num_layers=2)
    before = layer.convs[1].join.weight.detach().clone()
    torch.nn.init.ones_(layer.convs[1].join.bias)
    layer.reset_parameters()
    assert layer.convs[1].join.bias.eq(0).all()
    assert not torch.equal(layer.convs[1].join.weight, before)
    assert [conv.in_channels for conv in layer.convs] == [3, 2]


def test_repr_and_errors() -> None:
    assert repr(MMGCNConv(3, 2, combine="sum")) == "MMGCNConv(3, 2, combine='sum')"
    for config, arg in [({"in_channels": 0}, "in_channels"), ({"out_channels": 0}, "out_channels")]:
        with pytest.raises(ValueError, match=f"'{arg}' needs to be at least 1 in 'MMGCNConv'"):
            MMGCNConv(**{"in_channels": 3, "out_channels": 2, **config})
    with pytest.raises(ValueError, match="'combine' needs to be one of"):
        MMGCNConv(3, 2, combine="max")
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 1 in 'MMGCNPropagation'"):
        MMGCNPropagation(3, 2, num_layers=0)
