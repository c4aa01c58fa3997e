import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import modalities, stored_features
from pygmmrec.models import BM3, BPRMF, VBPR
from pygmmrec.testing import RecommenderTests
from pygmmrec.testing.features import FeatureTests
from pygmmrec.transforms import PoolPlaces

SMALL = {"config": {"embedding_dim": 3}}


class Blind(VBPR):
    """Does not look at the second modality."""

    def items(self, data: HeteroData, index=None):
        data = data.clone()
        if "m1" in data["item"]:
            data["item"]["m1"] = torch.zeros_like(data["item"]["m1"])
        return super().items(data, index)


class Divides(VBPR):
    """Divides by the length of features, which may be zero."""

    def items(self, data: HeteroData, index=None):
        data = data.clone()
        for name, x in modalities(data).items():
            data["item"][name] = x / x.norm(dim=1, keepdim=True)
        return super().items(data, index)


class InHalf(VBPR):
    """Divides by a length in the precision of what is stored."""

    def items(self, data: HeteroData, index=None):
        data = data.clone()
        for name, x in stored_features(data).items():
            data["item"][name] = x / x.norm(dim=1, keepdim=True)
        return super().items(data, index)


class Averages(VBPR):
    """Takes the mean of tokens and maps without a word."""

    @classmethod
    def from_data(cls, data: HeteroData, **config):
        return super().from_data(PoolPlaces()(data), **config)


class Silent(VBPR):
    """Takes features of any size, or none."""

    def items(self, data: HeteroData, index=None):
        data = data.clone()
        for name, size in self.modality_dims.items():
            x = data["item"].get(name, self.item_embedding.weight)
            data["item"][name] = torch.nn.functional.pad(x, (0, max(size - x.size(1), 0)))[:, :size]
        return super().items(data, index)


@pytest.mark.parametrize(
    ("broken", "test", "args"),
    [
        (Blind, "test_any_number_of_modalities_and_each_of_them_counts", (2,)),
        (Divides, "test_an_item_without_features_does_not_spoil_the_weights", (False,)),
        (Silent, "test_missing_modalities_are_errors", ()),
        (InHalf, "test_features_in_half_precision_are_computed_with_as_float32", (torch.float16,)),
        (Averages, "test_tokens_and_maps_are_seen_or_refused", ()),
    ],
)
def test_a_broken_model_fails(fails, broken, test, args) -> None:
    assert issubclass(RecommenderTests, FeatureTests)
    assert fails(broken, test, *args, **SMALL)


def test_features_that_train_only_have_to_be_admitted(passes) -> None:
    test = "test_any_number_of_modalities_and_each_of_them_counts"
    passes(BM3, test, 1, trained_by_features=True, **SMALL)
    with pytest.raises(AssertionError):
        passes(BM3, test, 1, **SMALL)


def test_models_without_features_are_recognised() -> None:
    assert not type("Tests", (RecommenderTests,), {"model": BPRMF})().takes_features()
    assert type("Tests", (RecommenderTests,), {"model": VBPR})().takes_features()
