"""DRAGON against the authors' numbers."""

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models import DRAGON
from pygmmrec.models.dragon import FUSED
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import USER_GRAPH

MODALITIES = {"visual": "v_gcn", "text": "t_gcn"}
"""Ours to theirs, in the order of their blocks."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("DRAGON")


@pytest.fixture
def data(golden_problem, oracle):
    """With the user graph of their epoch, whose short lists random repeats fill up."""
    arrays, hyper = oracle
    share = hyper["mm_image_weight"]
    weights = {"visual_knn": share, "text_knn": 1 - share}
    data = DRAGON.pre_transform(hyper["knn_k"], weights, hyper["user_topk"])(golden_problem[0])
    neighbour = torch.from_numpy(arrays["graph/epoch_user_graph"])  # [U, k]
    user = torch.arange(len(neighbour)).repeat_interleave(neighbour.size(1))
    weight = torch.from_numpy(arrays["graph/user_weight_matrix"]).flatten()
    store = data[USER_GRAPH]
    rewire(store, edge_index=torch.stack([neighbour.flatten(), user]), edge_weight=weight)
    store.matrix = Adj.from_edge_index(store.edge_index, weight, size=(len(neighbour), len(neighbour)))
    return data


def weights(arrays, kind: str) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients (``train/grad``) by our names."""
    found = {"user_weight": torch.from_numpy(arrays[f"{kind}/weight_u"]).squeeze(-1)}
    for ours, theirs in MODALITIES.items():
        found[f"preference.{ours}"] = torch.from_numpy(arrays[f"{kind}/{theirs}.preference"])
        for part in ("weight", "bias"):
            for layer, name in (("hidden", "MLP"), ("out", "MLP_1")):
                array = arrays[f"{kind}/{theirs}.{name}.{part}"]
                found[f"project.{layer}.lins.{ours}.{part}"] = torch.from_numpy(array)
    return found


@pytest.fixture
def model(oracle, data) -> DRAGON:
    arrays, hyper = oracle
    model = DRAGON.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["dim_latent"],
        hidden_dim=len(arrays["param/v_gcn.MLP.bias"]),
        num_ii_layers=hyper["n_mm_layers"],
        reg_weight=hyper["reg_weight"],
        variant="released",
    )
    model.load_state_dict(weights(arrays, "param"))
    return model


def test_the_item_graph(oracle, data, near, dense_graph) -> None:
    num_items = data["item"].num_nodes
    near(data[FUSED].matrix.to_dense(), dense_graph(oracle[0], "graph/mm_adj", num_items, num_items))


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])


def test_loss_terms_and_gradients(model, oracle, data, golden_problem, near_in_scale, near_gradients) -> None:
    terms = model.loss(data, golden_problem[1])
    near_in_scale(terms["bpr"], oracle[0]["train/term/bpr"])
    near_in_scale(terms["l2"], oracle[0]["train/term/reg"])
    near_in_scale(sum(terms.values()), oracle[0]["train/loss"])
    sum(terms.values()).backward()
    near_gradients(model, weights(oracle[0], "train/grad"))


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)
