"""Conformance: any number of modalities, each of which counts, and items that lack some."""

from __future__ import annotations

import copy
import inspect

import pytest
import torch

from pygmmrec.models.recommender import Recommender
from pygmmrec.testing.graphs import NUM_ITEMS, toy_data
from pygmmrec.testing.suite import Suite, scores, train
from pygmmrec.transforms import PoolPlaces
from pygmmrec.typing import available_key


class FeatureTests(Suite):
    """What a model makes of features; skipped for models that take none."""

    @pytest.fixture(autouse=True)
    def _only_with_features(self, request: pytest.FixtureRequest) -> None:
        if request.function.__name__ in vars(FeatureTests) and not self.takes_features():
            pytest.skip(f"{self.model.__name__} takes no features")

    @pytest.mark.parametrize("num_modalities", [1, 2, 3])
    def test_any_number_of_modalities_and_each_of_them_counts(self, num_modalities: int) -> None:
        data = self.graph(num_modalities=num_modalities)
        model = self.build(data).double()
        assert model.config["modality_dims"] == {f"m{m}": 5 + m for m in range(num_modalities)}
        train(model, data, epochs=1, lr=0.01)
        for m in range(num_modalities):
            changed, before = copy.copy(data), scores(model, data)
            changed["item"][f"m{m}"] = data["item"][f"m{m}"].flip(0)
            changed = self.model.prepare(changed)  # a frozen graph has them as well
            other = model
            if self.trained_by_features:
                torch.manual_seed(m)
                other = copy.deepcopy(model)
                train(other, changed, epochs=1, lr=0.01)
                torch.manual_seed(m)
                train(model, data, epochs=1, lr=0.01)
                before = scores(model, data)
            assert not torch.allclose(scores(other, changed), before)

    @pytest.mark.parametrize("masked", [False, True])
    def test_an_item_without_features_does_not_spoil_the_weights(self, masked: bool) -> None:
        data = toy_data(dtype=torch.float32)
        for key in ("m0", "m1"):
            data["item"][key] = data["item"][key].clone()
        data["item"]["m0"][:2] = 0
        data["item"]["m1"][1:3] = 0
        if masked:
            for key in ("m0", "m1"):
                data["item"][available_key(key)] = data["item"][key].any(dim=1)
        pre_transform = self.model.pre_transform
        few = {"k": 3} if "k" in inspect.signature(pre_transform).parameters else {}  # few have features
        data = pre_transform(**few)(data)
        for k in (2, NUM_ITEMS):
            model = self.build(data, **({"k": k} if "k" in self.config else {}))
            train(model, data, epochs=2, lr=0.01)
            assert all(value.isfinite().all() for value in model.parameters())

    def test_missing_modalities_are_errors(self) -> None:
        with pytest.raises(ValueError, match="at least one"):
            self.build(toy_data(num_modalities=0))
        model = self._for_three()
        with pytest.raises(ValueError, match=r"include the modality 'm2' .*\['m0', 'm1'\]"):
            self.looked_at(model, self.graph(num_modalities=2))
        model = self.build(toy_data(), modality_dims={"m0": 5, "m1": 9}).double()
        with pytest.raises(ValueError, match="of size 9 in modality 'm1'"):
            self.looked_at(model, self.graph())

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
    def test_features_in_half_precision_are_computed_with_as_float32(self, dtype: torch.dtype) -> None:
        half = toy_data(dtype=torch.float32)
        full = copy.copy(half)
        for key in ("m0", "m1"):
            half["item"][key] = half["item"][key].to(dtype)
            full["item"][key] = half["item"][key].float()
        found = []
        for data in (half, full):
            data = self.model.prepare(data)
            model = self.build(data, seed=3)
            torch.manual_seed(0)
            train(model, data, epochs=1, lr=0.01)
            found.append(scores(model, data))
        assert torch.equal(*found)

    def test_tokens_and_maps_are_seen_or_refused(self) -> None:
        data = toy_data(dtype=torch.float32)
        data["item"]["m0"], data["item"]["m1"] = torch.randn(NUM_ITEMS, 4, 5), torch.randn(NUM_ITEMS, 6, 3, 2)
        if "layouts" in inspect.signature(self.model).parameters:
            data = self.model.prepare(data)
            assert scores(self.fitted(self.build(data), data), data).isfinite().all()
            return
        with pytest.raises(ValueError, match=r"one vector for each item, .*PoolPlaces"):
            self.build(data)
        pooled = self.model.prepare(PoolPlaces()(data))
        model = self.fitted(self.build(pooled), pooled)
        assert scores(model, pooled).isfinite().all()
        for key in ("m0", "m1"):
            pooled["item"][key] = data["item"][key]  # after it was built
        with pytest.raises(ValueError, match=r"one vector for each item, .*PoolPlaces"):
            self.looked_at(model, pooled)

    def _for_three(self) -> Recommender:
        return self.build(toy_data(num_modalities=3)).double()
