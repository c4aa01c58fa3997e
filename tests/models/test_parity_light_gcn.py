"""LightGCN against the released code's numbers."""

from functools import partial

import pytest
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCN
from pygmmrec.typing import INTERACTS, REV_INTERACTS

NAMES = {
    "user_embedding.weight": "embedding_dict.user_emb",
    "item_embedding.weight": "embedding_dict.item_emb",
}
"""Ours to theirs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("LightGCN")


@pytest.fixture
def data(golden_problem) -> HeteroData:
    return LightGCN.pre_transform()(golden_problem[0])


@pytest.fixture
def model(oracle, data, renamed) -> LightGCN:
    arrays, hyper = oracle
    model = LightGCN.from_data(
        data,
        embedding_dim=hyper["embedding_size"],
        num_layers=hyper["n_layers"],
        reg_weight=hyper["reg_weight"],
        variant="released",
    )
    model.load_state_dict(renamed(arrays, NAMES, "param"))
    return model


def test_the_normalised_graph(oracle, data, near, dense_graph) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    num_nodes = num_users + num_items
    square = dense_graph(oracle[0], "graph/norm_adj_matrix", num_nodes, num_nodes)
    assert len(oracle[0]["graph/norm_adj_matrix/values"]) == 2 * data[INTERACTS].matrix.nnz
    assert not square[:num_users, :num_users].any()
    assert not square[num_users:, num_users:].any()
    near(data[INTERACTS].matrix.to_dense(), square[num_users:, :num_users], 1e-6)
    near(data[REV_INTERACTS].matrix.to_dense(), square[:num_users, num_users:], 1e-6)


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0], 1e-6)


def test_loss_and_gradients(model, oracle, data, golden_problem, near, near_gradients, renamed) -> None:
    loss = sum(model.loss(data, golden_problem[1]).values())
    near(loss.reshape(1), oracle[0]["train/loss"], 1e-6)
    loss.backward()
    expected = renamed(oracle[0], NAMES, "train/grad")
    near_gradients(model, expected, each=partial(near, tolerance=1e-6))


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near(adam_steps(model, data, golden_problem[1], len(expected)), expected)
