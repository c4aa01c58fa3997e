"""LayerGCN against the released code's numbers."""

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import LayerGCN
from pygmmrec.transforms import AdaptiveDropEdge, BipartiteNorm, DropEdge, ToAdj
from pygmmrec.transforms.adaptive_drop_edge import retention_probability
from pygmmrec.transforms.drop_edge import keep_edges
from pygmmrec.typing import INTERACTS

NAMES = {
    "user_embedding.weight": "user_embeddings",
    "item_embedding.weight": "item_embeddings",
}
"""Ours to theirs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("LayerGCN")


@pytest.fixture
def data(golden_problem) -> HeteroData:
    return LayerGCN.prepare(golden_problem[0])


@pytest.fixture
def model(oracle, data, renamed) -> LayerGCN:
    arrays, hyper = oracle
    model = LayerGCN.from_data(
        data,
        embedding_dim=hyper["embedding_size"],
        num_layers=hyper["n_layers"],
        reg_weight=hyper["reg_weight"],
    )
    model.load_state_dict(renamed(arrays, NAMES, "param"))
    return model


@pytest.fixture
def compare(model, oracle, golden_problem, near_in_scale, near_gradients, renamed):
    """Comparison of terms and gradients on a graph with the numbers of a kind."""
    arrays, hyper = oracle

    def compare(data: HeteroData, kind: str) -> None:
        terms = model.loss(data, golden_problem[1])
        near_in_scale(terms["bpr"], arrays[f"{kind}/term/bpr"])
        near_in_scale(terms["l2"], hyper["reg_weight"] * arrays[f"{kind}/term/reg"])
        loss = sum(terms.values())
        near_in_scale(loss, arrays[f"{kind}/loss"])
        loss.backward()
        near_gradients(model, renamed(arrays, NAMES, f"{kind}/grad"))

    return compare


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])


def test_loss_and_gradients(data, compare) -> None:
    compare(data, "train")


@pytest.mark.parametrize("kind", ["train_drop", "train_drop_uniform"])
def test_a_pruned_graph(kind, oracle, golden, data, near, dense_graph, compare) -> None:
    arrays = oracle[0]
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    num_nodes = num_users + num_items
    pairs = torch.from_numpy(np.load(golden / "problem.npz")["train_ui"])[arrays[f"{kind}/edges"]]
    kept = torch.zeros(num_users, num_items, dtype=torch.bool)
    kept[pairs[:, 0], pairs[:, 1]] = True
    user, item = data[INTERACTS].edge_index
    pruned = ToAdj()(BipartiteNorm()(keep_edges(data.clone(), kept[user, item], DropEdge())))
    masked = dense_graph(arrays, f"{kind}/masked_adj", num_nodes, num_nodes)[:num_users, num_users:]
    near(pruned[INTERACTS].matrix.to_dense().t(), masked)
    compare(pruned, kind)


@pytest.mark.parametrize("kind", ["train_drop", "train_drop_uniform"])
def test_as_many_edges_are_kept(kind, oracle, data) -> None:
    rate = float(oracle[0]["train_drop/rate"])
    draw = AdaptiveDropEdge(rate, mode="budget") if kind == "train_drop" else DropEdge(rate, mode="budget")
    num_kept = draw(data)[INTERACTS].edge_index.size(1)
    assert abs(num_kept - len(oracle[0][f"{kind}/edges"])) <= 1  # rounded or cut off


def test_edges_are_drawn_with_their_weights(oracle, golden, near) -> None:
    pairs = torch.from_numpy(np.load(golden / "problem.npz")["train_ui"]).t()
    near(retention_probability(pairs), oracle[0]["train_drop/edge_values"])


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)
