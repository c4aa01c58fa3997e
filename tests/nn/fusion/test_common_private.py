import pytest
import torch

from pygmmrec.nn import CommonPrivate


def build(names: list[str], dim: int = 4, **config) -> CommonPrivate:
    module = CommonPrivate(names, dim, **config).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    return module


def views(names: list[str], num_rows: int = 7) -> dict[str, torch.Tensor]:
    return {n: torch.randn(num_rows, 4, dtype=torch.float64, requires_grad=True) for n in names}


@pytest.mark.parametrize("average", ["all", "private"])
@pytest.mark.parametrize("names", [["a", "b"], ["b", "a", "c"]])
def test_the_equations_row_by_row(names, average) -> None:
    module, x = build(names, average=average), views(names)
    behaviour = torch.randn(7, 4, dtype=torch.float64, requires_grad=True)
    out = module(x, behaviour)
    for row in range(7):
        z = torch.stack([x[name][row] for name in names])  # [M, D]
        logit = torch.tanh(z @ module.key.weight.t() + module.key.bias) @ module.query
        common = torch.softmax(logit, dim=0) @ z
        private = torch.zeros(4, dtype=torch.float64)
        for name, z_m in zip(names, z, strict=True):
            gate = torch.sigmoid(module.gates[name].weight @ behaviour[row] + module.gates[name].bias)
            private = private + gate * (z_m - common)
        both = (common + private) / (len(names) + 1)
        expected = both if average == "all" else common + private / len(names)
        torch.testing.assert_close(out[row], expected, rtol=1e-10, atol=1e-10)
    (out * torch.randn_like(out)).sum().backward()
    assert all(v.grad.ne(0).all() for v in (behaviour, *x.values(), *module.parameters()))


def test_the_order_of_the_input_does_not_count() -> None:
    module, x, behaviour = build(["a", "b"]), views(["a", "b"]), torch.randn(7, 4, dtype=torch.float64)
    torch.testing.assert_close(module(x, behaviour), module({"b": x["b"], "a": x["a"]}, behaviour))


def test_equal_views_are_their_own_common_view() -> None:
    x = views(["a"])["a"]
    for average, expected in (("all", x / 3), ("private", x)):
        module = build(["a", "b"], average=average)
        torch.testing.assert_close(module({"a": x, "b": x}, torch.randn(7, 4).double()), expected)


def test_one_modality_has_nothing_to_weigh() -> None:
    module, x = build(["a"]), views(["a"])
    assert list(module.parameters()) == []
    torch.testing.assert_close(module(x, torch.randn(7, 4).double()), x["a"] / 2)
    assert torch.equal(build(["a"], average="private")(x, torch.randn(7, 4).double()), x["a"])


def test_reset_parameters_repr_and_errors() -> None:
    module = build(["a", "b"])
    for value in module.parameters():
        torch.nn.init.constant_(value, 77)
    module.reset_parameters()
    assert not any(value.eq(77).any() for value in module.parameters())
    assert module.query.ne(0).all()
    assert repr(module) == "CommonPrivate(['a', 'b'], 4, average='all')"
    with pytest.raises(ValueError, match=r"'average' needs to be one of .* in 'CommonPrivate'"):
        CommonPrivate(["a"], 4, average="mine")
    with pytest.raises(ValueError, match="'modalities' needs to be at least one name in 'CommonPrivate'"):
        CommonPrivate([], 4)
    with pytest.raises(ValueError, match=r"include the modality 'b' .*\['a'\]"):
        module(views(["a"]), torch.zeros(7, 4))
