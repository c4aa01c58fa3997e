import pytest
import torch
import torch.nn.functional as F

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import VariationalEncoder


@pytest.fixture
def to_item() -> Adj:
    """Five users, four items; user 4 and item 3 have no edge. [I, U]"""
    edge_index = torch.tensor([[0, 0, 1, 1, 2, 3, 3], [0, 1, 1, 2, 0, 0, 2]])
    return Adj.from_edge_index(edge_index, size=(5, 4))


@pytest.mark.parametrize("num_layers", [0, 1, 3])
def test_against_the_dense_formula(to_item, num_layers) -> None:
    layer = VariationalEncoder(6, 5, 3, num_layers=num_layers).double()
    user, x = torch.randn(5, 5, dtype=torch.float64), torch.randn(4, 6, dtype=torch.float64)
    available = torch.tensor([True, False, True, True])
    square = torch.eye(9, dtype=torch.float64)
    square[5:, :5], square[:5, 5:] = to_item.to_dense(), to_item.to_dense().t()
    mean = square / square.sum(1, keepdim=True)

    def conv(lin, h):
        return F.normalize(mean @ (h @ lin.weight.t()) + lin.bias)

    def head(part, h):
        return part["dense"](F.leaky_relu(conv(part["conv"], h))) + F.leaky_relu(part["skip"](h))

    h = F.normalize(torch.cat([user, available[:, None] * layer.project(x)]))
    for lin, dense in zip(layer.convs, layer.dense, strict=True):
        h = F.leaky_relu(dense(F.leaky_relu(conv(lin, h))))
    found = layer(user, x, to_item.t(), to_item, available)
    for ours, part in zip(found, (layer.mean, layer.log_var), strict=True):
        torch.testing.assert_close(torch.cat(ours), head(part, h))


def test_only_a_sample_drops_anything(to_item) -> None:
    layer = VariationalEncoder(6, 5, 3, p=0.5)
    user, x = torch.randn(5, 5), torch.randn(4, 6)
    for sample in (True, False):
        first, second = (layer(user, x, to_item.t(), to_item, sample=sample)[0].user for _ in range(2))
        assert torch.equal(first, second) != sample


def test_reset_repr_and_errors() -> None:
    layer = VariationalEncoder(6, 5, 3)
    before = {name: value.clone() for name, value in layer.state_dict().items() if name.endswith("weight")}
    layer.reset_parameters()
    assert all((layer.state_dict()[name] != value).all() for name, value in before.items())
    assert repr(layer) == "VariationalEncoder(6, 5, 3, num_layers=1, p=0.1)"
    with pytest.raises(ValueError, match="'hidden_channels' needs to be at least 1 in 'VariationalEncoder'"):
        VariationalEncoder(6, 0, 3)
