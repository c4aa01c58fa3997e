import pytest
import torch

from pygmmrec.transforms import UnitFeatures


def test_each_row_has_length_one_and_its_direction(toy_data) -> None:
    data = toy_data()
    data["item"].m0[3] = 0
    before = {name: data["item"][name].clone() for name in ("m0", "m1")}
    out = UnitFeatures()(data)
    for name, x in before.items():
        lengths = out["item"][name].norm(dim=1, keepdim=True)
        assert int((lengths == 0).sum()) == (name == "m0")
        torch.testing.assert_close(lengths[lengths > 0], torch.ones_like(lengths[lengths > 0]))
        torch.testing.assert_close(out["item"][name] * x.norm(dim=1, keepdim=True), x)
        assert torch.equal(data["item"][name], x)  # the given graph is left alone


def test_modalities_by_name(toy_data) -> None:
    data = toy_data()
    out = UnitFeatures(["m1"])(data)
    assert torch.equal(out["item"].m0, data["item"].m0)
    assert not torch.equal(out["item"].m1, data["item"].m1)
    assert repr(UnitFeatures(["m1"])) == "UnitFeatures(modality=['m1'])"


def test_bad_input(toy_data) -> None:
    with pytest.raises(ValueError, match=r"'modality' needs to be names out of \['m0', 'm1'\]"):
        UnitFeatures(["text"])(toy_data())


def test_each_place_of_tokens_and_maps_has_length_one(toy_data) -> None:
    data = toy_data()
    data["item"].m0, data["item"].m1 = torch.randn(11, 7, 3), torch.randn(11, 4, 3, 2)
    out = UnitFeatures()(data)["item"]
    for x, before, dim in ((out.m0, data["item"].m0, 2), (out.m1, data["item"].m1, 1)):
        torch.testing.assert_close(
            x.norm(dim=dim), torch.ones(11, *[s for i, s in enumerate(x.shape) if i not in (0, dim)])
        )
        torch.testing.assert_close(x * before.norm(dim=dim, keepdim=True), before)
