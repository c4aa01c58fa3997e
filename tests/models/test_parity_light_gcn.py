"""LightGCN against the released code's numbers."""

import json

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCN
from pygmmrec.typing import INTERACTS, REV_INTERACTS

NAMES = {
    "user_embedding.weight": "embedding_dict.user_emb",
    "item_embedding.weight": "embedding_dict.item_emb",
}
"""Ours to theirs."""


@pytest.fixture
def oracle(golden):
    return np.load(golden / "LightGCN.npz"), json.loads((golden / "LightGCN.json").read_text())[
        "hyper_parameters"
    ]


@pytest.fixture
def data(golden_problem) -> HeteroData:
    return LightGCN.pre_transform()(golden_problem[0])


@pytest.fixture
def model(oracle, data) -> LightGCN:
    arrays, hyper = oracle
    model = LightGCN.from_data(
        data,
        embedding_dim=hyper["embedding_size"],
        num_layers=hyper["n_layers"],
        reg_weight=hyper["reg_weight"],
        variant="released",
    )
    model.load_state_dict(
        {ours: torch.from_numpy(arrays[f"param/{theirs}"]) for ours, theirs in NAMES.items()}
    )
    return model


def near(actual: torch.Tensor, expected: np.ndarray, tolerance: float = 1e-6) -> None:
    torch.testing.assert_close(actual, torch.from_numpy(expected), rtol=tolerance, atol=tolerance)


def test_the_normalised_graph(oracle, data) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    indices = torch.from_numpy(oracle[0]["graph/norm_adj_matrix/indices"])
    values = torch.from_numpy(oracle[0]["graph/norm_adj_matrix/values"])
    size = (num_users + num_items,) * 2
    square = torch.sparse_coo_tensor(indices, values, size, check_invariants=True).to_dense().numpy()
    assert len(values) == 2 * data[INTERACTS].adj_t.nnz
    assert not square[:num_users, :num_users].any()
    assert not square[num_users:, num_users:].any()
    near(data[INTERACTS].adj_t.to_dense(), square[num_users:, :num_users])
    near(data[REV_INTERACTS].adj_t.to_dense(), square[:num_users, num_users:])


def test_embeddings_and_scores(model, oracle, data) -> None:
    out = model(data)
    near(out.user, oracle[0]["eval/user_emb"])
    near(out.item, oracle[0]["eval/item_emb"])
    near(model.score(out, torch.arange(model.num_users)), oracle[0]["eval/scores"])


def test_loss_and_gradients(model, oracle, data, golden_problem) -> None:
    loss = sum(model.loss(data, golden_problem[1]).values())
    near(loss.reshape(1), oracle[0]["train/loss"])
    loss.backward()
    grads = {name: value.grad for name, value in model.named_parameters()}
    assert set(grads) == set(NAMES)
    for ours, theirs in NAMES.items():
        near(grads[ours], oracle[0][f"train/grad/{theirs}"])


def test_ten_steps_of_adam(model, oracle, data, golden_problem) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in oracle[0]["traj/loss"]:
        loss = sum(model.loss(data, golden_problem[1]).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    near(torch.tensor(losses, dtype=torch.float64), oracle[0]["traj/loss"], 1e-5)
