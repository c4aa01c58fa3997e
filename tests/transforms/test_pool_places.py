import pytest
import torch

from pygmmrec.models import FREEDOM, MGCN
from pygmmrec.transforms import PoolPlaces


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_tokens_and_maps_become_vectors(toy_data, dtype: torch.dtype) -> None:
    data = toy_data(num_modalities=3, dtype=torch.float32)
    data["item"].m0 = torch.randn(11, 7, 3).to(dtype)
    data["item"].m1 = torch.randn(11, 4, 3, 2).to(dtype)
    data["item"].m0[2] = 0
    data["item"].m0_available = torch.arange(11) != 2
    out = PoolPlaces()(data)["item"]
    torch.testing.assert_close(out.m0, data["item"].m0.float().mean(dim=1))
    torch.testing.assert_close(out.m1, data["item"].m1.float().mean(dim=(2, 3)))
    assert out.m2 is data["item"].m2
    assert out.m0_available is data["item"].m0_available
    assert not out.m0[2].any()
    assert data["item"].m0.dim() == 3  # the given graph is left alone
    only = PoolPlaces(["m1"])(data)["item"]
    assert (only.m0.dim(), only.m1.dim()) == (3, 2)
    assert repr(PoolPlaces(["m1"])) == "PoolPlaces(modality=['m1'])"
    with pytest.raises(ValueError, match=r"'modality' needs to be names out of \['m0', 'm1', 'm2'\]"):
        PoolPlaces(["text"])(data)


@pytest.mark.parametrize("model", [MGCN, FREEDOM])
def test_it_is_what_models_of_vectors_ask_for(toy_data, model) -> None:
    data = toy_data(dtype=torch.float32)
    data["item"].m0 = torch.randn(11, 7, 3)
    with pytest.raises(
        ValueError, match=rf"'m0'\]' needs to be one vector .* in '{model.__name__}' .*PoolPlaces"
    ):
        model.from_data(data)
    ready = model.prepare(PoolPlaces()(data), k=3)
    assert model.from_data(ready)(ready).item.isfinite().all()
