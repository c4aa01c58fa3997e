import pytest
import torch
from torch import Tensor
from torch_geometric import EdgeIndex

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import LightGCNPropagation
from pygmmrec.nn.conv.light_gcn import light_gcn_ref
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.typing import INTERACTS, Embeddings

NUM_USERS, NUM_ITEMS, DIM = 9, 11, 4


@pytest.fixture
def data(toy_data):
    return ToAdj()(BipartiteNorm()(toy_data()))


@pytest.fixture
def adj(data) -> Adj:
    return data[INTERACTS].matrix.to(torch.float64)


@pytest.fixture
def x() -> tuple[Tensor, Tensor]:
    return (
        torch.randn(NUM_USERS, DIM, dtype=torch.float64, requires_grad=True),
        torch.randn(NUM_ITEMS, DIM, dtype=torch.float64, requires_grad=True),
    )


def layer_by_layer(x_user: Tensor, x_item: Tensor, to_item: Tensor, num_layers: int, weight=None) -> Tensor:
    """Mean of the layers on the square matrix, written densely: [U + I, D]."""
    zeros = (torch.zeros(n, n, dtype=to_item.dtype) for n in (NUM_USERS, NUM_ITEMS))
    square = torch.block_diag(*zeros)
    square[NUM_USERS:, :NUM_USERS], square[:NUM_USERS, NUM_USERS:] = to_item, to_item.t()
    layers = [torch.cat([x_user, x_item])]
    for layer in range(num_layers):
        layers.append(square @ layers[-1] if weight is None else square @ layers[-1] @ weight[layer])
    return sum(layers) / (num_layers + 1)


@pytest.mark.parametrize("num_layers", range(5))
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-6)])
def test_values_and_gradients_are_the_mean_of_powers(adj, x, num_layers, dtype, tolerance) -> None:
    user, item = (v.detach().to(dtype).requires_grad_() for v in x)
    adj = adj.to(dtype)
    factor = torch.randn(NUM_USERS + NUM_ITEMS, DIM, dtype=dtype)
    results = []
    for out in (
        torch.cat(LightGCNPropagation(num_layers)(user, item, adj)),
        torch.cat(light_gcn_ref(user, item, adj, num_layers)),
        layer_by_layer(user, item, adj.to_dense(), num_layers),
    ):
        results.append([out, *torch.autograd.grad((out * factor).sum(), (user, item))])
    for other in results[1:]:
        for actual, expected in zip(results[0], other, strict=True):
            torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("num_layers", range(4))
def test_some_rows_are_those_of_all_with_their_gradients(adj, x, num_layers) -> None:
    module, at = LightGCNPropagation(num_layers), Embeddings(torch.tensor([8, 0, 3]), torch.tensor([10, 2]))
    every = module(*x, adj)
    wanted, found = (every.user[at.user], every.item[at.item]), module(*x, adj, at=at)
    factors = [torch.randn_like(part) for part in wanted]
    for actual, expected in zip(found, wanted, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-12, atol=1e-12)
    grads = [torch.autograd.grad(out, x, factors) for out in (found, wanted)]
    torch.testing.assert_close(*grads, rtol=1e-12, atol=1e-12)


def test_some_rows_where_layers_have_weights(adj, x) -> None:
    module = LightGCNPropagation(2, channels=DIM).double()
    at = Embeddings(torch.tensor([8, 0]), torch.tensor([10]))
    every, found = module(*x, adj), module(*x, adj, at=at)
    assert torch.equal(found.user, every.user[at.user])
    assert torch.equal(found.item, every.item[at.item])


def test_gradcheck(adj, x) -> None:
    assert torch.autograd.gradcheck(lambda u, i: tuple(LightGCNPropagation(3)(u, i, adj)), x)


def test_weights_of_a_graph_that_is_not_normalised(toy_data, x) -> None:
    edge_index = toy_data()[INTERACTS].edge_index
    weight = torch.rand(edge_index.size(1), dtype=torch.float64)
    matrix = Adj.from_edge_index(edge_index, weight, size=(NUM_USERS, NUM_ITEMS)).to_dense()
    out = LightGCNPropagation(2)(*x, edge_index, weight)
    torch.testing.assert_close(torch.cat(out), layer_by_layer(*x, matrix, 2), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("num_layers", range(4))
@pytest.mark.parametrize("channels", [None, DIM])
def test_weights_of_the_graph_get_their_gradient(toy_data, x, num_layers, channels) -> None:
    edge_index = toy_data()[INTERACTS].edge_index
    weight = torch.rand(edge_index.size(1), dtype=torch.float64, requires_grad=True)
    matrix = Adj.from_edge_index(edge_index, weight, size=(NUM_USERS, NUM_ITEMS)).to_dense()
    module = LightGCNPropagation(num_layers, channels=channels).double()
    actual = torch.cat(module(*x, edge_index, weight))
    expected = layer_by_layer(*x, matrix, num_layers, module.weight)
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
    factor = torch.randn(NUM_USERS + NUM_ITEMS, DIM, dtype=torch.float64)
    inputs = (weight, *x) if num_layers else x
    grads = [torch.autograd.grad((out * factor).sum(), inputs) for out in (actual, expected)]
    for left, right in zip(*grads, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("form", ["edge_index", "EdgeIndex", "COO", "CSR"])
@pytest.mark.parametrize("channels", [None, DIM])
def test_every_form_of_the_graph(data, adj, x, form, channels) -> None:
    edge_index, weight = data[INTERACTS].edge_index, data[INTERACTS].edge_weight.double()
    size = (NUM_USERS, NUM_ITEMS)
    graph = {
        "edge_index": (edge_index, weight),
        "EdgeIndex": (EdgeIndex(edge_index.contiguous(), sparse_size=size), weight),
        "COO": (torch.sparse_coo_tensor(edge_index.flip(0), weight, size[::-1]),),
        "CSR": (adj.csr(),),
    }[form]
    module = LightGCNPropagation(2, channels=channels).double()
    actual, expected = module(*x, *graph), module(*x, adj)
    torch.testing.assert_close(actual.user, expected.user, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(actual.item, expected.item, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("num_layers", range(4))
def test_channels_multiply_by_a_matrix_in_each_layer(adj, x, num_layers) -> None:
    module = LightGCNPropagation(num_layers, channels=DIM).double()
    assert module.weight.shape == (num_layers, DIM, DIM)
    factor = torch.randn(NUM_USERS + NUM_ITEMS, DIM, dtype=torch.float64)
    actual = torch.cat(module(*x, adj))
    expected = layer_by_layer(*x, adj.to_dense(), num_layers, module.weight)
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
    inputs = [*x, module.weight]
    grads = (
        torch.autograd.grad((out * factor).sum(), inputs, allow_unused=True) for out in (actual, expected)
    )
    for left, right in zip(*grads, strict=True):
        if left is None or right is None:
            assert num_layers == 0
            continue
        torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)
        assert left.ne(0).all()


def test_weights_are_drawn_again_within_glorots_bound() -> None:
    module = LightGCNPropagation(2, channels=8)
    before = module.weight.detach().clone()
    module.reset_parameters()
    assert not torch.equal(before, module.weight)
    bound = (6 / 16) ** 0.5
    assert 0.8 * bound < module.weight.abs().max() <= bound


def test_without_channels_there_is_nothing_to_learn_or_to_save() -> None:
    module = LightGCNPropagation(2)
    assert list(module.parameters()) == []
    assert module.state_dict() == {}


def test_repr_and_errors(adj, x) -> None:
    assert repr(LightGCNPropagation(3)) == "LightGCNPropagation(num_layers=3)"
    assert repr(LightGCNPropagation(3, channels=8)) == "LightGCNPropagation(num_layers=3, channels=8)"
    with pytest.raises(ValueError, match=r"'num_layers' needs to be at least 0 in .*got -1"):
        LightGCNPropagation(-1)
    with pytest.raises(ValueError, match=r"'adj' needs to be of shape \[11, 8\]"):
        LightGCNPropagation(1)(x[0][:8], x[1], adj)
    with pytest.raises(TypeError, match="'adj' needs to be"):
        LightGCNPropagation(1)(*x, None)
