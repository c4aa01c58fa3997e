"""A user who is folded in is what the same user is in the graph, for every model."""

import inspect

import pytest
import torch

import pygmmrec.models
from pygmmrec.models import CRANE, MGCN, LightGCN
from pygmmrec.serving.fold_in import FoldIn
from pygmmrec.serving.inputs import refreshed
from pygmmrec.testing.graphs import toy_data
from pygmmrec.typing import INTERACTS

NOTHING = ("BPRMF", "LayerGCN", "UltraGCN", "VBPR")
WHOLE = ("COHESION", "DAMRS", "DGVAE", "DiffMM", "DRAGON", "DualGNN", "GUME", "REARM")
SUM = ("BM3", "CRANE", "FREEDOM", "LATTICE", "LightGCN", "MMGCF", "PGL", "SGL", "SelfCF", "SimGCL", "SLMRec")
SUM += ("LightGCL", "MENTOR", "XSimGCL")
CLOSED = {"CEASE", "ContentKNN", "EASE", "IALS", "ItemKNN", "Popularity", "RP3Beta", "SLIM", "UserKNN"}
MODELS = sorted(set(pygmmrec.models.__all__) - {"Recommender", *NOTHING, *CLOSED})


def built(name, settings=None):
    """A model, its graph, and the settings of its preparation; user 4 has no row of its own."""
    kind = getattr(pygmmrec.models, name)
    small = {"k": 3} if "k" in inspect.signature(kind.pre_transform).parameters else {}
    data = kind.prepare(toy_data(dtype=torch.float32), **small)
    options = {"k": 3} if "k" in inspect.signature(kind).parameters else {}
    model = kind.from_data(data, seed=1, **options, **(settings or {})).eval()
    with torch.no_grad():
        for table, node_type in model.node_tables().items():
            if node_type == "user":
                model.state_dict()[table][4] = 0
    edges = data[INTERACTS].edge_index
    return model, data, small, edges[1][edges[0] == 4]


@pytest.mark.parametrize("name", MODELS)
def test_a_new_user_of_the_same_items_has_the_same_embedding(name: str) -> None:
    model, data, small, items = built(name)
    fold_in = FoldIn(model, data, "zero", small)
    assert fold_in.way == ("whole" if name in WHOLE else "sum" if name in SUM else "forward")
    out = fold_in([torch.tensor([1, 2]), items])
    assert out.user.shape[0] == 2
    assert out.user.isfinite().all()
    if name in WHOLE:  # which have another graph with one user more
        return
    with torch.no_grad():
        told = model(refreshed(model, data))
    torch.testing.assert_close(out.user[1], told.user[4], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(out.item, told.item)


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_a_closed_form_scores_a_new_user_by_its_items(name: str) -> None:
    kind = getattr(pygmmrec.models, name)
    data = kind.prepare(toy_data(dtype=torch.float32))
    model = kind.from_data(data, seed=1)
    model.fit_closed(data)
    items = data[INTERACTS].edge_index[1][data[INTERACTS].edge_index[0] == 4]
    fold_in = FoldIn(model, data)
    assert fold_in.way == "fitted"
    with torch.no_grad():
        out, known = fold_in([torch.tensor([1, 2]), items]), model(data)
        found, told = model.score(out, torch.tensor([1]))[0], model.score(known, torch.tensor([4]))[0]
    assert found.shape == told.shape
    if name != "UserKNN":  # of whom user 4 is the nearest neighbour
        torch.testing.assert_close(found, told)


@pytest.mark.parametrize("name", NOTHING)
def test_a_model_that_makes_no_users_of_items_says_so(name: str) -> None:
    model, data, small, _ = built(name)
    with pytest.raises(ValueError, match="makes users of their items"):
        FoldIn(model, data, "zero", small)


@pytest.mark.parametrize("kind", [LightGCN, MGCN], ids=["LightGCN", "MGCN"])
def test_users_of_a_call_do_not_see_each_other(kind: type) -> None:
    model, data, small, items = built(kind.__name__)
    fold_in = FoldIn(model, data, "zero", small)
    alone = fold_in([items]).user[0]
    for others in ([items, items], [items, torch.tensor([0, 5, 6]), torch.tensor([2])]):
        torch.testing.assert_close(fold_in(others).user[0], alone)
    assert fold_in([]).user.shape == (0, alone.numel())


def test_the_mean_row() -> None:
    model, data, _, items = built("LightGCN")
    zero, mean = (FoldIn(model, data, rule)([items]).user[0] for rule in ("zero", "mean"))
    own = model.user_embedding.weight.mean(dim=0) / (model.num_layers + 1)
    torch.testing.assert_close(mean, zero + own, rtol=1e-4, atol=1e-6)


def test_what_is_no_sum_is_not_taken_for_one() -> None:
    model, data, _, items = built(CRANE.__name__, {"semantic_aggr": "mean"})
    fold_in = FoldIn(model, data)
    assert fold_in.way == "forward"
    with torch.no_grad():
        torch.testing.assert_close(fold_in([items]).user[0], model(refreshed(model, data)).user[4])
