"""PGL against the authors' numbers."""

import pytest
import torch
from torch import Tensor
from torch_geometric.transforms import Compose

from pygmmrec.models import PGL
from pygmmrec.models.pgl import FUSED
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.transforms.adaptive_drop_edge import retention_probability
from pygmmrec.transforms.drop_edge import keep_edges
from pygmmrec.typing import INTERACTS, PRINCIPAL

MODALITIES = {"text": "text", "visual": "image"}
"""Ours to theirs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("PGL")


@pytest.fixture
def data(golden_problem, oracle):
    """The graph, whose raw features are trained, as in the authors' code."""
    arrays, hyper = oracle
    share = hyper["mm_image_weight"]
    weights = {"visual_knn": share, "text_knn": 1 - share}
    prepare = PGL.pre_transform(hyper["knn_k"], weights, "global", hyper["embedding_size"])
    data = prepare(golden_problem[0])
    return with_features(data, arrays)


def with_features(data, arrays):
    for ours, theirs in MODALITIES.items():
        features = torch.from_numpy(arrays[f"param/{theirs}_embedding.weight"])
        data["item"][ours] = features.clone().requires_grad_()
    return data


@pytest.fixture
def local(oracle, data, golden_problem):
    """The edges of their draw."""
    keep = torch.zeros(data[INTERACTS].num_edges, dtype=torch.bool)
    keep[torch.from_numpy(oracle[0]["graph/local_edges"])] = True
    drawn = keep_edges(data.clone(), keep, PGL.epoch_transform())
    return with_features(Compose([BipartiteNorm(), ToAdj()])(drawn), oracle[0])


@pytest.fixture
def principal(oracle, data):
    return with_features(PGL.epoch_transform("global")(data), oracle[0])


def weights(arrays, kind: str) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients by our names."""
    found = {}
    for ours, theirs in MODALITIES.items():
        found[f"preference.{ours}"] = torch.from_numpy(arrays[f"{kind}/user_{theirs}.weight"])
        for part in ("weight", "bias"):
            found[f"project.lins.{ours}.{part}"] = torch.from_numpy(arrays[f"{kind}/{theirs}_trs.{part}"])
    return found


def ordered(x: Tensor, ours: list[str]) -> Tensor:
    """Their blocks of columns in our order of modalities; users and items have one order there."""
    theirs = ["visual", "text"]
    return torch.cat([x.chunk(2, dim=1)[theirs.index(name)] for name in ours], dim=1)


@pytest.fixture
def model(oracle, data) -> PGL:
    arrays, hyper = oracle
    model = PGL.from_data(
        data,
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=hyper["n_ui_layers"],
        num_ii_layers=hyper["n_mm_layers"],
        cl_weight=hyper["reg_weight"],
        p=hyper["dropout"],
    )
    model.load_state_dict(weights(arrays, "param"))
    return model


@pytest.fixture
def compare(model, oracle, golden_problem, near_in_scale, near_gradients):
    """Comparison of terms, loss and gradients on a graph with the numbers of a kind."""
    arrays = oracle[0]

    def check(data, kind: str) -> None:
        terms = model.loss(data, golden_problem[1])
        near_in_scale(terms["bpr"], arrays[f"{kind}/term/bpr"])
        for ours, theirs in (("cl_user", "users"), ("cl_item", "items")):
            near_in_scale(terms[ours] * 2 / model.cl_weight, arrays[f"{kind}/term/contrast_{theirs}"])
        near_in_scale(sum(terms.values()), arrays[f"{kind}/loss"])
        sum(terms.values()).backward()
        near_gradients(model, weights(arrays, f"{kind}/grad"))
        for ours, theirs in MODALITIES.items():
            near_in_scale(data["item"][ours].grad, arrays[f"{kind}/grad/{theirs}_embedding.weight"])

    return check


def test_the_graphs(oracle, data, local, near, dense_graph) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    near(data[FUSED].matrix.to_dense(), dense_graph(oracle[0], "graph/mm_adj", num_items, num_items))
    for graph, name in ((data, "norm_adj"), (local, "local_sub_graph")):
        square = dense_graph(oracle[0], f"graph/{name}", *[num_users + num_items] * 2)
        near(graph[INTERACTS].matrix.to_dense(), square[num_users:, :num_users])
    square = dense_graph(oracle[0], "graph/global_sub_graph", *[num_users + num_items] * 2)
    near(data[PRINCIPAL].matrix.to_dense(), square[num_users:, :num_users])


def test_edges_are_drawn_with_their_weights(oracle, data, near) -> None:
    arrays, hyper = oracle
    near(retention_probability(data[INTERACTS].edge_index), arrays["graph/edge_values"])
    epoch = PGL.epoch_transform(p=1 - hyper["keep_share"])(data)
    assert abs(epoch[INTERACTS].num_edges - len(arrays["graph/local_edges"])) <= 1  # they round down


def test_embeddings_and_scores(model, oracle, data, near) -> None:
    out, order = model(data), list(model.modality_dims)
    near(out.user, ordered(torch.from_numpy(oracle[0]["eval/user_emb"]), order))
    near(out.item, ordered(torch.from_numpy(oracle[0]["eval/item_emb"]), order))
    near(model.score(out, torch.arange(model.num_users)), oracle[0]["eval/scores"])


def test_loss_terms_and_gradients_of_a_draw(local, compare) -> None:
    compare(local, "train")


def test_loss_terms_and_gradients_of_the_principal_graph(principal, compare) -> None:
    compare(principal, "train_global")


def test_loss_terms_and_gradients_with_their_dropout(model, oracle, local, compare, monkeypatch) -> None:
    names, order = iter(("users_1", "users_2", "items_1", "items_2")), list(model.modality_dims)

    def replay(x: Tensor, p: float, training: bool) -> Tensor:
        return x * ordered(torch.from_numpy(oracle[0][f"train_drop/mask_{next(names)}"]), order)

    monkeypatch.setattr("torch.nn.functional.dropout", replay)
    compare(local, "train_drop")


def test_ten_steps_of_adam(model, oracle, local, golden_problem, near_in_scale, adam_steps) -> None:
    expected, features = oracle[0]["traj/loss"], [local["item"][name] for name in MODALITIES]
    near_in_scale(adam_steps(model, local, golden_problem[1], len(expected), features), expected)
