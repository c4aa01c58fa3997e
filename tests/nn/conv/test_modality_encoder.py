import pytest
import torch
import torch.nn.functional as F

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import ModalityEncoder

SIZES = {"m0": 4, "m1": 6}


@pytest.fixture
def to_item() -> Adj:
    """Five users, four items; user 4 and item 3 have no edge. [I, U]"""
    edge_index = torch.tensor([[0, 0, 1, 1, 2, 3, 3], [0, 1, 1, 2, 0, 0, 2]])
    return Adj.from_edge_index(edge_index, torch.rand(7, dtype=torch.float64), size=(5, 4))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("num_layers", [0, 1, 3])
def test_against_the_dense_formula(to_item, num_layers, training, monkeypatch) -> None:
    layer = ModalityEncoder(5, SIZES, 3, 8, num_layers=num_layers, eps=0.4).double().train(training)
    x = {name: torch.randn(4, size, dtype=torch.float64) for name, size in SIZES.items()}
    available = {"m1": torch.tensor([True, False, True, True])}
    draws = [torch.rand(9, 2, 3, dtype=torch.float64) for _ in range(num_layers)]
    left = iter([part for draw in draws for part in draw.split([5, 4])])
    monkeypatch.setattr(layer.noise, "draw", lambda x: next(left))
    square = torch.zeros(9, 9, dtype=torch.float64)
    square[5:, :5], square[:5, 5:] = to_item.to_dense(), to_item.to_dense().t()
    out = torch.cat(layer(x, available, to_item))
    assert out.shape == (9, 2, 3)
    for m, name in enumerate(SIZES):
        f = layer.project.out.lins[name](F.leaky_relu(layer.project.hidden.lins[name](x[name])))
        f = F.normalize(f) * available.get(name, torch.ones(4))[:, None]
        h = torch.cat([F.normalize(layer.preference[name]), f])
        expected = h
        for draw in draws:
            h = square @ h
            if training:
                h = h + 0.4 * h.detach().sign() * F.normalize(draw[:, m])
            expected = expected + h
        torch.testing.assert_close(out[:, m], expected)
        weight = torch.randn_like(expected)
        ours, theirs = (
            torch.autograd.grad((y * weight).sum(), layer.preference[name], retain_graph=True)[0]
            for y in (out[:, m], expected)
        )
        torch.testing.assert_close(ours, theirs)


def test_reset_and_errors() -> None:
    layer = ModalityEncoder(5, SIZES, 3, 8)
    before = {name: value.clone() for name, value in layer.state_dict().items() if not name.endswith("bias")}
    layer.reset_parameters()
    assert len(before) == 6
    assert all((layer.state_dict()[name] != value).all() for name, value in before.items())
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0 in 'ModalityEncoder'"):
        ModalityEncoder(5, SIZES, 3, 8, num_layers=-1)
    with pytest.raises(ValueError, match="'hidden_channels' needs to be at least 1 in 'ModalityMLP'"):
        ModalityEncoder(5, SIZES, 3, 0)
