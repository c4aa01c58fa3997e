"""Whose graph is this?"""

import copy

import pytest
import torch
from torch_geometric.transforms import Compose

from pygmmrec.data import relabel
from pygmmrec.data.splits.split import RatioSplit
from pygmmrec.models import CRANE, MMGCN, LightGCN
from pygmmrec.transforms import BipartiteNorm, DropEdge, LoseModality, Prepare, ToAdj
from pygmmrec.typing import INTERACTS


def test_the_stamp_says_who_and_how(toy_data) -> None:
    data = toy_data()
    out = Prepare("Mine", [BipartiteNorm("row"), ToAdj()])(data)
    assert out.prepared_by["model"] == "Mine"
    assert "BipartiteNorm(norm='row')" in out.prepared_by["settings"]
    assert "\n" not in out.prepared_by["settings"]
    assert "prepared_by" not in data
    assert "matrix" in out[INTERACTS]
    assert "matrix" not in data[INTERACTS]


def test_what_it_does_is_what_its_transforms_do(toy_data) -> None:
    transforms = [BipartiteNorm("row"), ToAdj()]
    ours, theirs = Prepare("Mine", transforms)(toy_data()), Compose(transforms)(toy_data())
    assert torch.equal(ours[INTERACTS].matrix.to_dense(), theirs[INTERACTS].matrix.to_dense())


def test_twice_for_one_model_is_fine_and_for_two_an_error(toy_data) -> None:
    data = LightGCN.prepare(toy_data())
    assert LightGCN.prepare(data).prepared_by == data.prepared_by
    with pytest.raises(ValueError, match=r"no model but MMGCN prepared .*'LightGCN'.*as the data set"):
        MMGCN.prepare(data)


def test_a_graph_of_an_epoch_is_not_prepared(toy_data) -> None:
    data = LightGCN.prepare(toy_data())
    thin = CRANE.epoch_transform()(data)
    assert "AdaptiveDropEdge(p=0.1" in thin.thinned_by
    assert "thinned_by" not in data
    with pytest.raises(ValueError, match="a graph with all its edges"):
        LightGCN.prepare(thin)
    assert DropEdge(0.2)(copy.copy(data)).thinned_by == "DropEdge(p=0.2)"


def test_what_belongs_before_it_says_so(toy_data) -> None:
    data = LightGCN.prepare(toy_data())
    with pytest.raises(ValueError, match="Apply it before any model prepares the graph"):
        LoseModality(0.5)(data)
    with pytest.raises(ValueError, match="Split before any model prepares the graph"):
        relabel(data, RatioSplit())


def test_repr_is_a_key_for_caches() -> None:
    assert repr(Prepare("Mine", [ToAdj()])) != repr(Prepare("Yours", [ToAdj()]))
    assert repr(CRANE.pre_transform()).startswith("Prepare('CRANE', Compose([")
    assert "BipartiteNorm(norm='row')" in repr(MMGCN.pre_transform())


def test_a_data_set_is_not_its_graph(toy_data) -> None:
    with pytest.raises(
        ValueError, match=r"'data' needs to be a graph, a HeteroData in 'Prepare' .*dataset\[0\]"
    ):
        LightGCN.pre_transform()([toy_data()])
