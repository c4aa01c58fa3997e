"""COHESION against the authors' numbers."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_geometric.transforms import Compose

from pygmmrec.kernels.rows.rows import triplet_rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.losses.balanced_bpr import branch_weights
from pygmmrec.models import COHESION
from pygmmrec.models.cohesion import FUSED
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.transforms.drop_edge import keep_edges
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, USER_GRAPH

MODALITIES = {"visual": "v_gcn", "text": "t_gcn"}
"""Ours to theirs, in the order of their branches."""

TIES = 1e-6
"""How far counts of common items may part that are equal."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("COHESION")


@pytest.fixture
def num_users(oracle) -> int:
    return len(oracle[0]["param/id_gcn.preference"])


@pytest.fixture
def data(golden_problem, oracle, num_users):
    """With the user graph of their epoch, whose short lists random repeats fill up."""
    arrays, hyper = oracle
    share = hyper["mm_image_weight"]
    weights = {"visual_knn": share, "text_knn": 1 - share}
    data = COHESION.pre_transform(hyper["knn_k"], weights, hyper["user_k"])(golden_problem[0])
    neighbour = torch.from_numpy(arrays["graph/epoch_user_graph"])  # [U, k]
    user = torch.arange(num_users).repeat_interleave(neighbour.size(1))
    weight = torch.from_numpy(arrays["graph/user_weight_matrix"]).flatten()
    store = data[USER_GRAPH]
    rewire(store, edge_index=torch.stack([neighbour.flatten(), user]), edge_weight=weight)
    store.matrix = Adj.from_edge_index(store.edge_index, weight, size=(num_users, num_users))
    return data


def weights(arrays, kind: str) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients (``train/grad``) by our names; their ids have no gradient."""
    names = {"user_weight": "weight_u", "item_embedding.weight": "id_feat"}
    names["user_embedding.weight"] = "id_gcn.preference"
    for part in ("weight", "bias"):
        names |= {f"fuse.own.0.{part}": f"id_gcn.MLP.{part}", f"fuse.own.2.{part}": f"id_gcn.MLP_1.{part}"}
        for ours, theirs in MODALITIES.items():
            names[f"preference.{ours}"] = f"{theirs}.preference"
            names[f"fuse.project.hidden.lins.{ours}.{part}"] = f"{theirs}.MLP.{part}"
            names[f"fuse.project.out.lins.{ours}.{part}"] = f"{theirs}.MLP_1.{part}"
    found = {ours: torch.from_numpy(arrays[f"{kind}/{theirs}"]) for ours, theirs in names.items()
             if f"{kind}/{theirs}" in arrays}  # fmt: skip
    return {name: x.squeeze(-1) if name == "user_weight" else x for name, x in found.items()}


@pytest.fixture
def model(oracle, data) -> COHESION:
    arrays, hyper = oracle
    model = COHESION.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        hidden_dim=len(arrays["param/id_gcn.MLP.bias"]),
        num_ui_layers=hyper["num_layer"],
        num_ii_layers=hyper["n_mm_layers"],
        reg_weight=hyper["reg_weight"],
        variant="released",
    )
    model.load_state_dict(weights(arrays, "param"))
    return model


@pytest.fixture
def compare(model, oracle, golden_problem, near_in_scale):
    """Comparison of loss and gradients on a graph with the numbers of a kind."""
    arrays = oracle[0]

    def check(data, kind: str) -> None:
        terms = model.loss(data, golden_problem[1])
        if f"{kind}/term/bpr" in arrays:
            near_in_scale(terms["bpr"], arrays[f"{kind}/term/bpr"])
            near_in_scale(terms["l2"], arrays[f"{kind}/term/reg"])
        loss = sum(terms.values())
        near_in_scale(loss, arrays[f"{kind}/loss"])
        loss.backward()
        expected = weights(arrays, f"{kind}/grad")
        trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
        assert set(trained) == set(expected)
        for name, value in trained.items():
            near_in_scale(value.grad, expected[name])

    return check


def test_the_graphs(oracle, data, near, dense_graph) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    square = dense_graph(oracle[0], "graph/norm_adj", *[num_users + num_items] * 2)
    near(data[INTERACTS].matrix.to_dense(), square[num_users:, :num_users])
    near(data[FUSED].matrix.to_dense(), dense_graph(oracle[0], "graph/mm_adj", num_items, num_items))


def test_our_user_graph_has_neighbours_as_good_as_theirs(golden, golden_problem, oracle, num_users) -> None:
    """Which of equal counts are kept is open; their lists repeat neighbours, ours stay short."""
    theirs = oracle[0]["graph/epoch_user_graph"]
    k = theirs.shape[1]
    ours = COHESION.pre_transform(user_k=k)(golden_problem[0])[USER_GRAPH].matrix.to_dense()
    count = torch.from_numpy(np.load(golden / "problem.npz")["user_user_cooccurrence"]).double()
    for user in range(num_users):
        kept, known = ours[user].nonzero().squeeze(-1), min(k, int((count[user] > 0).sum()))
        assert len(kept) == known
        best = count[user].sort(descending=True).values[:known]
        torch.testing.assert_close(count[user, kept].sort(descending=True).values, best)
        if known:
            assert count[user, theirs[user]].min() >= best.min() - TIES


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])


def test_the_weights_of_branches(model, oracle, data, golden_problem, near) -> None:
    rows = triplet_rows(*model(data), golden_problem[1])
    user, pos, neg = (x.unflatten(1, (-1, model.embedding_dim)) for x in rows)
    near(branch_weights((user * (pos - neg)).sum(dim=-1)), oracle[0]["train/modality_weight"])


def test_loss_terms_and_gradients(data, compare) -> None:
    compare(data, "train")


def test_a_pruned_graph(oracle, data, near, dense_graph, compare) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    masked = dense_graph(oracle[0], "train_drop/masked_adj", *[num_users + num_items] * 2)
    masked = masked[:num_users, num_users:]
    user, item = data[INTERACTS].edge_index
    pruned = keep_edges(data.clone(), masked[user, item] != 0, COHESION.epoch_transform(0.3))
    pruned = Compose([BipartiteNorm(), ToAdj()])(pruned)
    near(pruned[INTERACTS].matrix.to_dense().t(), masked)
    compare(pruned, "train_drop")


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)


def test_their_logarithm_is_of_base_two(model, data, golden_problem) -> None:
    """The same numbers as ours otherwise."""
    theirs = model.loss(data, golden_problem[1])["bpr"]
    model.variant = "paper"
    torch.testing.assert_close(model.loss(data, golden_problem[1])["bpr"] / math.log(2), theirs)
