"""FREEDOM against the released code's numbers."""

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData
from torch_geometric.transforms import Compose

from pygmmrec.models import FREEDOM
from pygmmrec.models.freedom import FUSED
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.transforms.adaptive_drop_edge import retention_probability
from pygmmrec.transforms.drop_edge import keep_edges
from pygmmrec.typing import INTERACTS

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs."""

NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_id_embedding.weight",
    **{f"project.lins.{ours}.weight": f"{theirs}_trs.weight" for ours, theirs in MODALITIES.items()},
}
"""Ours to theirs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("FREEDOM")


@pytest.fixture
def data(golden_problem, oracle) -> HeteroData:
    """The graph, whose raw features are trained, as in the released code."""
    arrays, hyper = oracle
    share = hyper["mm_image_weight"]
    weights = {"visual_knn": share, "text_knn": 1 - share}
    data = FREEDOM.pre_transform(k=hyper["knn_k"], weights=weights)(golden_problem[0])
    for ours, theirs in MODALITIES.items():
        features = torch.from_numpy(arrays[f"param/{theirs}_embedding.weight"])
        data["item"][ours] = features.clone().requires_grad_()
    return data


@pytest.fixture
def model(oracle, data, renamed) -> FREEDOM:
    arrays, hyper = oracle
    model = FREEDOM.from_data(
        data,
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=hyper["n_ui_layers"],
        num_ii_layers=hyper["n_mm_layers"],
        reg_weight=hyper["reg_weight"],
    )
    model.load_state_dict(renamed(arrays, NAMES, "param"))
    return model


@pytest.fixture
def compare_loss_and_gradients(model, oracle, golden_problem, near_in_scale, near_gradients, renamed):
    """Comparison on a graph with the numbers of a kind, ``train`` or ``train_drop``."""
    arrays = oracle[0]

    def compare(data: HeteroData, kind: str) -> None:
        loss = sum(model.loss(data, golden_problem[1]).values())
        near_in_scale(loss, arrays[f"{kind}/loss"])
        loss.backward()
        near_gradients(model, renamed(arrays, NAMES, f"{kind}/grad"))
        for ours, theirs in MODALITIES.items():
            near_in_scale(data["item"][ours].grad, arrays[f"{kind}/grad/{theirs}_embedding.weight"])
            assert np.abs(arrays[f"{kind}/grad/{theirs}_trs.bias"]).max() < 1e-6  # we have none

    return compare


def test_the_graphs(oracle, data, near, dense_graph) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    num_nodes = num_users + num_items
    square = dense_graph(oracle[0], "graph/norm_adj", num_nodes, num_nodes)
    near(data[INTERACTS].matrix.to_dense(), square[num_users:, :num_users])
    near(data[FUSED].matrix.to_dense(), dense_graph(oracle[0], "graph/mm_adj", num_items, num_items))


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])


def test_loss_and_gradients(data, compare_loss_and_gradients) -> None:
    compare_loss_and_gradients(data, "train")


def test_a_pruned_graph(oracle, data, near, dense_graph, compare_loss_and_gradients) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    num_nodes = num_users + num_items
    masked = dense_graph(oracle[0], "train_drop/masked_adj", num_nodes, num_nodes)[:num_users, num_users:]
    user, item = data[INTERACTS].edge_index
    pruned = keep_edges(data.clone(), masked[user, item] != 0, FREEDOM.epoch_transform())
    for name in MODALITIES:
        pruned["item"][name] = data["item"][name]
    pruned = Compose([BipartiteNorm(), ToAdj()])(pruned)
    near(pruned[INTERACTS].matrix.to_dense().t(), masked)
    compare_loss_and_gradients(pruned, "train_drop")


def test_edges_are_drawn_with_their_weights(oracle, golden, near) -> None:
    pairs = torch.from_numpy(np.load(golden / "problem.npz")["train_ui"]).t()
    near(retention_probability(pairs), oracle[0]["train_drop/edge_values"])


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected, features = oracle[0]["traj/loss"], [data["item"][name] for name in MODALITIES]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected), features), expected)
