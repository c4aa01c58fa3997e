import copy

import pytest
import torch

from pygmmrec.transforms import ScaleFeatures
from pygmmrec.transforms.scale_features import scale_like


def test_each_row_has_length_one_and_its_direction(toy_data) -> None:
    data = toy_data()
    data["item"].m0[3] = 0
    before = {name: data["item"][name].clone() for name in ("m0", "m1")}
    out = ScaleFeatures()(data)
    for name, x in before.items():
        lengths = out["item"][name].norm(dim=1, keepdim=True)
        assert int((lengths == 0).sum()) == (name == "m0")
        torch.testing.assert_close(lengths[lengths > 0], torch.ones_like(lengths[lengths > 0]))
        torch.testing.assert_close(out["item"][name] * x.norm(dim=1, keepdim=True), x)
        assert torch.equal(data["item"][name], x)  # the given graph is left alone


def test_modalities_by_name(toy_data) -> None:
    data = toy_data(num_modalities=3)
    out = ScaleFeatures({"m1": "unit", "m2": "standardised"})(data)
    assert torch.equal(out["item"].m0, data["item"].m0)
    assert torch.equal(out["item"].m1, ScaleFeatures("unit")(data)["item"].m1)
    assert torch.equal(out["item"].m2, ScaleFeatures("standardised")(data)["item"].m2)
    assert torch.equal(ScaleFeatures("none")(data)["item"].m1, data["item"].m1)
    assert repr(ScaleFeatures({"m1": "unit"})) == "ScaleFeatures(mode={'m1': 'unit'})"
    assert repr(ScaleFeatures()) == "ScaleFeatures(mode='unit')"


def test_centred_over_the_items_that_have_the_modality(toy_data) -> None:
    data = toy_data()
    x = data["item"].m0 = data["item"].m0.double() * 1500 + 40000
    x[3] = 0  # features of nobody
    x[5] = 7  # whatever stands where there is nothing
    mask = torch.ones(len(x), dtype=torch.bool)
    mask[5] = False
    data["item"].m0_available = mask
    out = ScaleFeatures("centred")(data)
    having = [i for i in range(len(x)) if i not in (3, 5)]
    mean = sum(x[i] for i in having) / len(having)
    for i in range(len(x)):
        expected = (x[i] - mean) / (x[i] - mean).norm() if i in having else torch.zeros_like(mean)
        torch.testing.assert_close(out["item"].m0[i], expected, rtol=1e-12, atol=1e-12)
    assert torch.equal(out["item"].m0_available, mask)
    assert x[5].eq(7).all()  # the given graph is left alone


def test_nothing_is_scaled_or_centred_twice(toy_data) -> None:
    centred = ScaleFeatures("centred")
    once = centred(toy_data())
    for again in (centred(once), ScaleFeatures()(once)):
        assert torch.equal(again["item"].m0, once["item"].m0)
    part = copy.copy(once)
    part["item"].m0 = once["item"].m0[:4]
    assert torch.equal(centred(part)["item"].m0, part["item"].m0)  # not by the mean of a part
    other = copy.copy(once)
    other["item"].m0 = 30 * toy_data()["item"].m0  # replaced since, so that the note of it is wrong
    torch.testing.assert_close(centred(other)["item"].m0, once["item"].m0)
    unit = ScaleFeatures()(toy_data())
    assert torch.equal(ScaleFeatures()(unit)["item"].m0, unit["item"].m0)
    assert not torch.equal(centred(unit)["item"].m0, unit["item"].m0)
    first = ScaleFeatures({"m1": "centred"})(toy_data())
    assert torch.equal(centred(first)["item"].m0, once["item"].m0)


def test_standardised_over_the_items_that_have_the_modality(toy_data) -> None:
    data = toy_data()
    x = data["item"].m0 = data["item"].m0 * torch.tensor([1e-3, 1.0, 1e3, 7.0, 1.0]) + 50
    x[:, 3] = 1 / 3  # the same for all items, of which a mean is not quite the third
    x[3] = 0  # features of nobody
    x[5] = 7  # whatever stands where there is nothing
    mask = data["item"].m0_available = torch.arange(len(x)) != 5
    out = ScaleFeatures("standardised")(data)["item"].m0
    having = mask.clone()
    having[3] = False
    rest = [0, 1, 2, 4]
    expected = (x - x[having].mean(dim=0)) / x[having].std(dim=0, correction=0)
    torch.testing.assert_close(out[having][:, rest], expected[having][:, rest], rtol=1e-9, atol=1e-9)
    assert not out[~having].any()
    assert not out[:, 3].any()


def test_nothing_is_standardised_twice(toy_data) -> None:
    standardised = ScaleFeatures("standardised")
    once = standardised(toy_data())
    assert torch.equal(standardised(once)["item"].m0, once["item"].m0)
    part = copy.copy(once)
    part["item"].m0 = once["item"].m0[:4]
    assert torch.equal(standardised(part)["item"].m0, part["item"].m0)  # not by mean and variance of a part
    other = copy.copy(once)
    other["item"].m0 = ScaleFeatures()(toy_data())["item"].m0  # replaced since, by smaller ones
    torch.testing.assert_close(
        standardised(other)["item"].m0, standardised(ScaleFeatures()(toy_data()))["item"].m0
    )
    unit = ScaleFeatures()(once)["item"].m0
    torch.testing.assert_close(unit.norm(dim=1), torch.ones(len(unit), dtype=unit.dtype))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("mode", ["unit", "centred", "standardised"])
def test_half_precision_is_scaled_as_what_it_says(toy_data, mode, dtype: torch.dtype) -> None:
    data = toy_data(dtype=torch.float32)
    half = (1500 * data["item"].m0 + 9000).to(dtype)  # lengths and sums that float16 cannot hold
    data["item"].m0 = half
    found = ScaleFeatures(mode)(data)["item"].m0
    data["item"].m0 = half.float()
    assert torch.equal(found, ScaleFeatures(mode)(data)["item"].m0)
    assert found.dtype == torch.float32


def test_bad_input(toy_data) -> None:
    with pytest.raises(ValueError, match=r"'mode' needs to be for modalities out of \['m0', 'm1'\]"):
        ScaleFeatures({"text": "unit"})(toy_data())
    for mode in ("length", {"m0": "length"}):
        with pytest.raises(ValueError, match=r"'mode' needs to be one of \('unit', .*, or a mapping to them"):
            ScaleFeatures(mode)


def test_each_place_of_tokens_and_maps_has_length_one(toy_data) -> None:
    data = toy_data()
    data["item"].m0, data["item"].m1 = torch.randn(11, 7, 3), torch.randn(11, 4, 3, 2)
    out = ScaleFeatures()(data)["item"]
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
    out = ScaleFeatures("centred")(data)["item"]
    known = (tokens != 0).any(dim=-1)
    for found, having in (
        (out.m0, known & data["item"].m0_available[:, None]),
        (out.m1.squeeze(-1).movedim(1, -1), known),
    ):
        wanted = torch.nn.functional.normalize(tokens - tokens[having].mean(dim=0), dim=-1)
        torch.testing.assert_close(found[having], wanted[having], rtol=1e-12, atol=1e-12)
        assert not found[~having].any()


@pytest.mark.parametrize("mode", ["unit", "centred", "standardised", "none"])
def test_other_items_are_scaled_like_those_of_the_graph(toy_data, mode) -> None:
    data = toy_data(dtype=torch.float32)
    raw, having = data["item"].m0.clone(), torch.ones(len(data["item"].m0), dtype=torch.bool)
    scaled = ScaleFeatures(mode)(data)
    torch.testing.assert_close(scale_like(scaled, "m0", raw, having), scaled["item"].m0)
    scaled["item"].m0 = torch.cat([scaled["item"].m0, scaled["item"].m0[:2]])  # more of them
    assert torch.equal(ScaleFeatures(mode)(scaled)["item"].m0, scaled["item"].m0)
    if mode in ("unit", "none"):
        assert "feature_moments" not in scaled
        return
    torch.testing.assert_close(scaled.feature_moments["m0"][0], raw.mean(dim=0))
    del scaled["feature_moments"]
    with pytest.raises(ValueError, match="knows the mean of 'm0'"):
        scale_like(scaled, "m0", raw, having)
