import pytest
import torch
import torch.nn.functional as F

from pygmmrec.nn import RelationAttention

AVAILABLE = {"m1": torch.tensor([True, False, True, False]), "m2": torch.tensor([True, True, False, False])}
"""Item 3 has the first modality alone."""


@pytest.fixture
def x() -> dict[str, torch.Tensor]:
    return {f"m{m}": torch.randn(4, 5, dtype=torch.float64) for m in range(3)}


def dense(layer: RelationAttention, x, available) -> dict[str, torch.Tensor]:
    """Item by item, of the modalities that each has."""

    def step(row, change):
        out = F.layer_norm(row + change, (5,), layer.norm.weight, layer.norm.bias)
        return torch.where(out > 0, out, layer.activate.weight * out)

    def attend(attention, query, row):
        w_q, w_k, w_v, w_o = attention.weight
        share = torch.softmax(torch.outer(w_q * query + attention.bias, w_k * row), dim=1)
        return w_o * share @ (w_v * row)

    out = {name: [] for name in x}
    for n in range(4):
        has = [name for name in x if name not in available or available[name][n]]
        own = {
            name: step(x[name][n], attend(layer.within[name], x[name][n], x[name][n]) if name in has else 0)
            for name in x
        }
        for name in x:
            others = [other for other in has if other != name] if name in has else []
            asked = [attend(layer.between[name], own[other], own[name]) for other in others]
            out[name].append(
                own[name] if len(x) == 1 else step(own[name], sum(asked) / len(asked) if asked else 0)
            )
    return {name: torch.stack(rows) for name, rows in out.items()}


@pytest.mark.parametrize("num", [1, 2, 3])
def test_against_the_formula_also_where_modalities_lack(x, num) -> None:
    x = dict(list(x.items())[:num])
    available = {name: mask for name, mask in AVAILABLE.items() if name in x}
    layer = RelationAttention(list(x), 5).double()
    with torch.no_grad():
        layer.norm.bias.normal_()
        layer.activate.weight.fill_(0.4)
    out, expected = layer(x, available), dense(layer, x, available)
    weights = [*layer.parameters()]
    for name in x:
        torch.testing.assert_close(out[name], expected[name])
    grads = torch.autograd.grad(sum(v.square().sum() for v in out.values()), weights)
    theirs = torch.autograd.grad(sum(v.square().sum() for v in expected.values()), weights)
    for left, right in zip(grads, theirs, strict=True):
        torch.testing.assert_close(left, right)


def test_reset_repr_and_errors() -> None:
    layer = RelationAttention(["a", "b"], 3, p_self=0.2)
    before = layer.between["a"].weight.clone()
    with torch.no_grad():
        layer.activate.weight.fill_(3)
    layer.reset_parameters()
    assert (layer.between["a"].weight != before).all()
    assert layer.activate.weight == 0.25
    assert repr(layer) == "RelationAttention(['a', 'b'], 3, p_self=0.2, p_mutual=0.0)"
    assert len(RelationAttention(["a"], 3).between) == 0
    with pytest.raises(ValueError, match="'names' needs to be at least one modality"):
        RelationAttention([], 3)
