import copy

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
    assert repr(UnitFeatures(["m1"])) == "UnitFeatures(modality=['m1'], center=False)"
    assert repr(UnitFeatures(center=True)) == "UnitFeatures(modality=None, center=True)"


def test_centred_over_the_items_that_have_the_modality(toy_data) -> None:
    data = toy_data()
    x = data["item"].m0 = data["item"].m0.double() * 1500 + 40000
    x[3] = 0  # features of nobody
    x[5] = 7  # whatever stands where there is nothing
    mask = torch.ones(len(x), dtype=torch.bool)
    mask[5] = False
    data["item"].m0_available = mask
    out = UnitFeatures(center=True)(data)
    having = [i for i in range(len(x)) if i not in (3, 5)]
    mean = sum(x[i] for i in having) / len(having)
    for i in range(len(x)):
        expected = (x[i] - mean) / (x[i] - mean).norm() if i in having else torch.zeros_like(mean)
        torch.testing.assert_close(out["item"].m0[i], expected, rtol=1e-12, atol=1e-12)
    assert torch.equal(out["item"].m0_available, mask)
    assert x[5].eq(7).all()  # the given graph is left alone


def test_nothing_is_scaled_or_centred_twice(toy_data) -> None:
    centred = UnitFeatures(center=True)
    once = centred(toy_data())
    for again in (centred(once), UnitFeatures()(once)):
        assert torch.equal(again["item"].m0, once["item"].m0)
    part = copy.copy(once)
    part["item"].m0 = once["item"].m0[:4]
    assert torch.equal(centred(part)["item"].m0, part["item"].m0)  # not by the mean of a part
    other = copy.copy(once)
    other["item"].m0 = 30 * toy_data()["item"].m0  # replaced since, so that the note of it is wrong
    torch.testing.assert_close(centred(other)["item"].m0, once["item"].m0)
    unit = UnitFeatures()(toy_data())
    assert torch.equal(UnitFeatures()(unit)["item"].m0, unit["item"].m0)
    assert not torch.equal(centred(unit)["item"].m0, unit["item"].m0)
    first = UnitFeatures(["m1"], center=True)(toy_data())
    assert torch.equal(centred(first)["item"].m0, once["item"].m0)


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


def test_the_mean_of_tokens_and_maps_is_over_their_places(toy_data) -> None:
    data = toy_data()
    tokens = torch.randn(11, 7, 3, dtype=torch.float64) + 5
    tokens[4, 2:] = 0  # the end of a short text
    data["item"].m0, data["item"].m1 = tokens, tokens.movedim(-1, 1).unflatten(2, (7, 1))
    data["item"].m0_available = torch.arange(11) != 9
    out = UnitFeatures(center=True)(data)["item"]
    known = (tokens != 0).any(dim=-1)
    for found, having in (
        (out.m0, known & data["item"].m0_available[:, None]),
        (out.m1.squeeze(-1).movedim(1, -1), known),
    ):
        wanted = torch.nn.functional.normalize(tokens - tokens[having].mean(dim=0), dim=-1)
        torch.testing.assert_close(found[having], wanted[having], rtol=1e-12, atol=1e-12)
        assert not found[~having].any()
