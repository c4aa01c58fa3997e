import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import LayerOutputs, LightGCNPropagation
from pygmmrec.nn.conv.layer_outputs import mean_of_layers, sum_of_layers


def graph(seed: int) -> tuple[Adj, Adj]:
    """Five users, four items; the directions differ in their weights."""
    torch.manual_seed(seed)
    edges = torch.tensor([[0, 0, 1, 1, 2, 3, 3], [0, 1, 1, 2, 0, 0, 2]])
    weights = torch.rand(2, 7, dtype=torch.float64) + 0.1
    to_item = Adj.from_edge_index(edges, weights[0], size=(5, 4))
    return to_item, Adj.from_edge_index(edges.flip(0), weights[1], size=(4, 5))


@pytest.fixture
def x() -> list[torch.Tensor]:
    return [torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (5, 4)]


@pytest.mark.parametrize("num_graphs", [1, 3])
def test_layers_are_dense_products(x, num_graphs) -> None:
    graphs = [graph(seed) for seed in range(num_graphs)]
    layers = LayerOutputs(3)(*x, graphs, lambda layer: layer + 0.5)
    assert len(layers) == 4
    assert layers[0].user is x[0]
    user, item = x
    for layer in range(3):
        to_item, to_user = (adj.to_dense() for adj in graphs[layer % num_graphs])
        user, item = to_user @ item + 0.5, to_item @ user + 0.5
        torch.testing.assert_close(layers[layer + 1].user, user)
        torch.testing.assert_close(layers[layer + 1].item, item)
    ours = torch.autograd.grad(torch.cat(layers[-1]).square().sum(), x)
    for left, right in zip(ours, torch.autograd.grad(torch.cat([user, item]).square().sum(), x), strict=True):
        torch.testing.assert_close(left, right)


def test_their_mean_is_that_of_light_gcn(x) -> None:
    to_item, _ = graph(0)
    mean = mean_of_layers(LayerOutputs(2)(*x, [(to_item, to_item.t())]))
    expected = LightGCNPropagation(2)(*x, to_item)
    torch.testing.assert_close(mean.user, expected.user)
    torch.testing.assert_close(mean.item, expected.item)


def test_their_sum_is_as_often_their_mean(x) -> None:
    layers = LayerOutputs(2)(*x, [graph(0)])
    for total, mean in zip(sum_of_layers(layers), mean_of_layers(layers), strict=True):
        torch.testing.assert_close(total, 3 * mean)


def test_repr_and_errors(x) -> None:
    assert repr(LayerOutputs(1)) == "LayerOutputs(num_layers=1)"
    with pytest.raises(ValueError, match=r"'graphs' needs to be one pair or 3 in 'LayerOutputs' \(got 2\)"):
        LayerOutputs(3)(*x, [graph(0), graph(1)])
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0"):
        LayerOutputs(-1)
