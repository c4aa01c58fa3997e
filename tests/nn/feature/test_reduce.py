import pytest
import torch

from pygmmrec.nn import Reduce


def inputs() -> dict[str, torch.Tensor]:
    return {"image": torch.randn(7, 5), "text": torch.randn(7, 3)}


@pytest.mark.parametrize("bias", [False, True])
def test_each_modality_by_its_own_matrix(bias) -> None:
    module, x = Reduce({"image": 5, "text": 3}, 4, bias=bias), inputs()
    out = module(x)
    assert list(out) == ["image", "text"]
    for name, lin in module.lins.items():
        assert (lin.bias is not None) == bias
        if bias:
            torch.nn.init.normal_(lin.bias)
        expected = x[name] @ lin.weight.t() + (lin.bias if bias else 0)
        torch.testing.assert_close(module(x)[name], expected)


def test_projection_and_sum_commute_without_bias() -> None:
    module, x = Reduce({"image": 5}, 4), inputs()
    summed = module({"image": x["image"].sum(0, keepdim=True)})["image"]
    torch.testing.assert_close(summed, module(x)["image"].sum(0, keepdim=True))


def test_weights_are_drawn_again_and_biases_start_at_zero() -> None:
    module = Reduce({"image": 5}, 4, bias=True)
    before = module.lins["image"].weight.detach().clone()
    torch.nn.init.ones_(module.lins["image"].bias)
    module.reset_parameters()
    assert not torch.equal(before, module.lins["image"].weight)
    assert module.lins["image"].weight.abs().max() <= (6 / 9) ** 0.5
    assert module.lins["image"].bias.tolist() == [0] * 4


def test_other_features_are_left_out() -> None:
    assert list(Reduce({"text": 3}, 4)(inputs())) == ["text"]


def test_repr_and_errors() -> None:
    assert repr(Reduce({"image": 5}, 4)) == "Reduce({'image': 5}, 4, bias=False)"
    with pytest.raises(ValueError, match="'in_channels' needs to be a mapping with at least one modality"):
        Reduce({}, 4)
    with pytest.raises(ValueError, match=r"'x' needs to be features that include the modality 'audio'"):
        Reduce({"audio": 5}, 4)(inputs())
    with pytest.raises(ValueError, match=r"'x' needs to be of size 9 in modality 'image' .*\[7, 5\]"):
        Reduce({"image": 9}, 4)(inputs())
