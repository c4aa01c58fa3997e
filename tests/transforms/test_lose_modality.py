import pytest
import torch

from pygmmrec.data import validate_hetero_data
from pygmmrec.transforms import LoseModality


def test_one_modality_of_each_drawn_item(toy_data) -> None:
    data = toy_data(num_items=40, dtype=torch.float32)
    before = {name: data["item"][name].clone() for name in ("m0", "m1")}
    out = LoseModality(0.5, seed=3)(data)
    masks = {name: out["item"][f"{name}_available"] for name in before}
    assert int(sum((~mask).int() for mask in masks.values()).max()) == 1
    assert sum(int((~mask).sum()) for mask in masks.values()) == 20
    for name, mask in masks.items():
        assert 0 < int((~mask).sum()) < 20
        assert not out["item"][name][~mask].any()
        assert torch.equal(out["item"][name][mask], before[name][mask])
        assert torch.equal(data["item"][name], before[name])  # the given graph is left alone
        assert f"{name}_available" not in data["item"]
    validate_hetero_data(out)


def test_one_by_name_and_the_seed_decides(toy_data) -> None:
    data = toy_data(num_items=40)
    first, again, other = (LoseModality(0.25, modality="m1", seed=seed)(data) for seed in (0, 0, 1))
    assert int((~first["item"].m1_available).sum()) == 10
    assert "m0_available" not in first["item"]
    assert torch.equal(first["item"].m1_available, again["item"].m1_available)
    assert not torch.equal(first["item"].m1_available, other["item"].m1_available)


def test_what_was_missing_stays_so(toy_data) -> None:
    data = LoseModality(0.25, modality="m1", seed=0)(toy_data(num_items=40))
    again = LoseModality(0.25, modality="m1", seed=1)(data)
    assert not again["item"].m1_available[~data["item"].m1_available].any()
    assert int((~data["item"].m1_available).sum()) == 10
    assert int((~again["item"].m1_available).sum()) > 10


def test_bad_input(toy_data) -> None:
    with pytest.raises(ValueError, match=r"'p' needs to be in \[0, 1\)"):
        LoseModality(1)
    with pytest.raises(ValueError, match=r"'modality' needs to be one of \['m0', 'm1'\]"):
        LoseModality(0.1, modality="text")(toy_data())
    with pytest.raises(ValueError, match="leaves some item its 'm0'"):
        LoseModality(0.99, modality="m0")(toy_data())
    with pytest.raises(ValueError, match="'modality' needs to be one of"):
        LoseModality(0.1)(toy_data(num_modalities=0))
    assert repr(LoseModality(0.1)) == "LoseModality(p=0.1, modality=None, seed=0)"


def test_tokens_and_maps_are_lost_with_all_their_places(toy_data) -> None:
    data = toy_data(num_items=40, dtype=torch.float32)
    data["item"].m0, data["item"].m1 = torch.randn(40, 7, 3), torch.randn(40, 4, 3, 2)
    out = LoseModality(0.5, seed=3)(data)
    for name in ("m0", "m1"):
        mask, before = out["item"][f"{name}_available"], data["item"][name]
        assert 0 < int((~mask).sum()) < 20
        assert out["item"][name].shape == before.shape
        assert not out["item"][name][~mask].any()
        assert torch.equal(out["item"][name][mask], before[mask])
    validate_hetero_data(out)
