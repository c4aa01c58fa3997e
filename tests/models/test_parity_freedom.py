"""FREEDOM against the released code's numbers."""

import numpy as np
import pytest
import torch
from torch import Tensor
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
def model(oracle, data) -> FREEDOM:
    arrays, hyper = oracle
    model = FREEDOM.from_data(
        data,
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=hyper["n_ui_layers"],
        num_ii_layers=hyper["n_mm_layers"],
        reg_weight=hyper["reg_weight"],
    )
    model.load_state_dict(
        {ours: torch.from_numpy(arrays[f"param/{theirs}"]) for ours, theirs in NAMES.items()}
    )
    return model


def dense(arrays, name: str, size: int) -> Tensor:
    indices, values = (torch.from_numpy(arrays[f"{name}/{part}"]) for part in ("indices", "values"))
    return torch.sparse_coo_tensor(indices, values, (size, size), check_invariants=True).to_dense()


def compare_loss_and_gradients(model, data, batch, arrays, kind: str, near_in_scale) -> None:
    loss = sum(model.loss(data, batch).values())
    near_in_scale(loss, arrays[f"{kind}/loss"])
    loss.backward()
    grads = {name: value.grad for name, value in model.named_parameters()}
    assert set(grads) == set(NAMES)
    for ours, theirs in NAMES.items():
        near_in_scale(grads[ours], arrays[f"{kind}/grad/{theirs}"])
    for ours, theirs in MODALITIES.items():
        near_in_scale(data["item"][ours].grad, arrays[f"{kind}/grad/{theirs}_embedding.weight"])
        assert np.abs(arrays[f"{kind}/grad/{theirs}_trs.bias"]).max() < 1e-6  # we have none


def test_the_graphs(oracle, data, near) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    square = dense(oracle[0], "graph/norm_adj", num_users + num_items)
    near(data[INTERACTS].adj_t.to_dense(), square[num_users:, :num_users])
    near(data[FUSED].adj_t.to_dense(), dense(oracle[0], "graph/mm_adj", num_items))


def test_embeddings_and_scores(model, oracle, data, near) -> None:
    out = model(data)
    near(out.user, oracle[0]["eval/user_emb"])
    near(out.item, oracle[0]["eval/item_emb"])
    near(model.score(out, torch.arange(model.num_users)), oracle[0]["eval/scores"])


def test_loss_and_gradients(model, oracle, data, golden_problem, near_in_scale) -> None:
    compare_loss_and_gradients(model, data, golden_problem[1], oracle[0], "train", near_in_scale)


def test_a_pruned_graph(model, oracle, data, golden_problem, near, near_in_scale) -> None:
    arrays = oracle[0]
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    masked = dense(arrays, "train_drop/masked_adj", num_users + num_items)[:num_users, num_users:]
    user, item = data[INTERACTS].edge_index
    pruned = keep_edges(data.clone(), masked[user, item] != 0)
    for name in MODALITIES:
        pruned["item"][name] = data["item"][name]
    pruned = Compose([BipartiteNorm(), ToAdj()])(pruned)
    near(pruned[INTERACTS].adj_t.to_dense().t(), masked)
    compare_loss_and_gradients(model, pruned, golden_problem[1], arrays, "train_drop", near_in_scale)


def test_edges_are_drawn_with_their_weights(oracle, golden, near) -> None:
    pairs = torch.from_numpy(np.load(golden / "problem.npz")["train_ui"]).t()
    near(retention_probability(pairs), oracle[0]["train_drop/edge_values"])


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected, features = oracle[0]["traj/loss"], [data["item"][name] for name in MODALITIES]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected), features), expected)
