import pytest
import torch

from pygmmrec.nn import Reduce
from pygmmrec.nn.feature.reduce import reduce_ref


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


@pytest.mark.parametrize("bias", [False, True])
def test_two_matrices_are_multiplied_first(bias) -> None:
    module = Reduce({"image": 5, "text": 3}, 4, bias=bias, hidden_channels={"image": 2}).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    x = {name: value.double() for name, value in inputs().items()}
    actual, expected = module(x), reduce_ref(module, x)
    grads = []
    for out in (actual, expected):
        assert list(out) == ["image", "text"]
        total = out["image"].square().sum() + out["text"].cos().sum()
        grads.append(torch.autograd.grad(total, list(module.parameters())))
    for left, right in zip((*actual.values(), *grads[0]), (*expected.values(), *grads[1]), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)
    by_hand = x["image"] @ module.hidden["image"].weight.t()
    by_hand = by_hand + (module.hidden["image"].bias if bias else 0)
    by_hand = by_hand @ module.lins["image"].weight.t() + (module.lins["image"].bias if bias else 0)
    torch.testing.assert_close(actual["image"], by_hand, rtol=1e-10, atol=1e-10)
    assert len(list(module.parameters())) == (6 if bias else 3)


def test_all_steps_are_drawn_again() -> None:
    module = Reduce({"image": 5}, 4, bias=True, hidden_channels={"image": 2})
    for parameter in module.parameters():
        torch.nn.init.constant_(parameter, 77)
    module.reset_parameters()
    assert all(not parameter.eq(77).any() for parameter in module.parameters())
    assert module.hidden["image"].bias.tolist() == [0, 0]


def test_a_shared_size_is_a_share_of_the_smallest() -> None:
    module = Reduce.shared({"image": 4096, "text": 384}, 8)
    assert module.out_channels == 48
    assert {name: lin.weight.shape for name, lin in module.lins.items()} == {
        "image": (48, 4096),
        "text": (48, 384),
    }
    assert Reduce.shared({"image": 5}, 8, bias=True).out_channels == 1


def test_repr_and_errors_of_two_steps() -> None:
    module = Reduce({"image": 5, "text": 3}, 4, hidden_channels={"image": 2})
    sizes = "{'image': 5, 'text': 3}"
    assert repr(module) == f"Reduce({sizes}, 4, bias=False, hidden_channels={{'image': 2}})"
    for hidden in ({"audio": 2}, {"image": 0}):
        with pytest.raises(ValueError, match="'hidden_channels' needs to be positive sizes of modalities"):
            Reduce({"image": 5}, 4, hidden_channels=hidden)
    with pytest.raises(ValueError, match="'out_channels' needs to be at least 1"):
        Reduce({"image": 5}, 0)
    with pytest.raises(ValueError, match="'ratio' needs to be at least 1"):
        Reduce.shared({"image": 5}, 0)
    with pytest.raises(ValueError, match="'in_channels' needs to be a mapping with at least one modality"):
        Reduce.shared({}, 2)


def test_sizes_of_the_whole_data_decide_where_some_modalities_are_left_out() -> None:
    data = {"image": 4096, "text": 384}
    assert Reduce.shared({"image": 4096}, 8, data_channels=data).out_channels == 48
    assert Reduce.shared({"image": 4096}, 8).out_channels == 512
    found = {
        name: Reduce.by_ratio({name: size}, 64, 8, data_channels=data).hidden_channels
        for name, size in data.items()
    }
    assert found == {"image": {"image": 512}, "text": {}}
    assert Reduce.by_ratio({"text": 384}, 64, 8).hidden_channels == {"text": 48}


def test_one_ratio_is_that_of_the_widest_and_a_mapping_that_of_its_own() -> None:
    data = {"image": 4096, "text": 384}
    assert Reduce.by_ratio(data, 64, 8).hidden_channels == {"image": 512}
    assert Reduce.by_ratio(data, 64, {"text": 4}).hidden_channels == {"text": 96}
    assert Reduce.by_ratio({"a": 128, "b": 128}, 64, 8).hidden_channels == {"a": 16, "b": 16}
    with pytest.raises(ValueError, match="'ratio' needs to be at least 1"):
        Reduce.by_ratio(data, 64, 0)


def test_every_place_is_projected_alike() -> None:
    module = Reduce({"image": 5, "text": 3}, 4, bias=True, hidden_channels={"image": 2}).double()
    x = {"image": torch.randn(7, 2, 3, 5).double(), "text": torch.randn(7, 6, 3).double()}
    out = module(x)
    first, last = module.hidden["image"], module.lins["image"]
    by_hand = (x["image"][4, 1, 2] @ first.weight.t() + first.bias) @ last.weight.t() + last.bias
    torch.testing.assert_close(out["image"][4, 1, 2], by_hand, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(
        out["text"][4, 5], x["text"][4, 5] @ module.lins["text"].weight.t(), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_features_in_half_precision_are_what_they_say(dtype: torch.dtype) -> None:
    module, half = Reduce({"image": 5, "text": 3}, 4), {name: x.to(dtype) for name, x in inputs().items()}
    found, wanted = module(half), module({name: x.float() for name, x in half.items()})
    assert all(torch.equal(found[name], wanted[name]) for name in half)
    assert module.to(dtype)(half)["text"].dtype == dtype
