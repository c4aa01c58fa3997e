import pytest
import torch

from pygmmrec.nn import MetaShare


def test_each_node_has_matrices_of_its_own() -> None:
    layer = MetaShare(6, 4, 2).double()
    content = torch.randn(5, 6, dtype=torch.float64, requires_grad=True)
    x = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    known = content @ layer.compress.weight.t() + layer.compress.bias

    def matrices(mlp, rows, cols):
        hidden = known @ mlp[0].weight.t() + mlp[0].bias
        hidden = torch.where(hidden > 0, hidden, mlp[1].weight * hidden)
        flat = hidden @ mlp[2].weight.t() + mlp[2].bias
        each = (flat / flat.norm(dim=1, keepdim=True)).view(5, rows, cols)
        return torch.softmax(each + each.sum(0) / 5, dim=1)

    first, second = matrices(layer.first, 4, 2), matrices(layer.second, 2, 4)
    expected = torch.stack([x[n] @ first[n] @ second[n] for n in range(5)])
    out = layer(content, x)
    torch.testing.assert_close(out, expected)
    weights = list(layer.parameters())
    grads = torch.autograd.grad(out.square().sum(), [x, *weights], retain_graph=True)
    for left, right in zip(grads, torch.autograd.grad(expected.square().sum(), [x, *weights]), strict=True):
        torch.testing.assert_close(left, right)
    assert torch.autograd.grad(out.sum(), content, allow_unused=True) == (None,)


def test_reset_repr_and_errors() -> None:
    layer = MetaShare(6, 4, 2)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    layer.reset_parameters()
    same = [name for name, value in layer.state_dict().items() if torch.equal(value, before[name])]
    assert same == ["first.1.weight", "second.1.weight"]  # slopes start where torch has them
    assert repr(layer) == "MetaShare(6, 4, rank=2)"
    with pytest.raises(ValueError, match="'rank' needs to be at least 1 in 'MetaShare'"):
        MetaShare(6, 4, 0)
