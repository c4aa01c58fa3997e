"""LATTICE against the released code's numbers."""

import copy

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import LATTICE
from pygmmrec.typing import item_edge_type

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs, in the order of the weights of modalities."""

NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_id_embedding.weight",
    "item_graph.weight": "modal_weight",
    **{
        f"item_graph.project.lins.{ours}.{part}": f"{theirs}_trs.{part}"
        for ours, theirs in MODALITIES.items()
        for part in ("weight", "bias")
    },
}
"""Ours to theirs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("LATTICE")


@pytest.fixture
def data(golden_problem, oracle) -> HeteroData:
    """The graph, whose raw features are trained, as in the released code."""
    arrays, hyper = oracle
    data = LATTICE.pre_transform(k=hyper["knn_k"])(golden_problem[0])
    for ours, theirs in MODALITIES.items():
        features = torch.from_numpy(arrays[f"param/{theirs}_embedding.weight"])
        data["item"][ours] = features.clone().requires_grad_()
    return data


@pytest.fixture
def model(oracle, data, golden_problem, renamed) -> LATTICE:
    arrays, hyper = oracle
    assert hyper["cf_model"] == "lightgcn"
    num_ui_layers = len(str(hyper["weight_size"]).split(","))
    model = LATTICE.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=num_ui_layers,
        num_ii_layers=hyper["n_layers"],
        k=hyper["knn_k"],
        skip=hyper["lambda_coeff"],
        # Theirs divides by the batch size of the settings, and ours by the batch's.
        reg_weight=hyper["reg_weight"] * len(golden_problem[1].user) / hyper["train_batch_size"],
        variant="released",
    )
    model.load_state_dict(renamed(arrays, NAMES, "param"))
    return model


def test_the_graphs(model, oracle, data, near) -> None:
    for ours, theirs in MODALITIES.items():
        graph = data[item_edge_type(f"{ours}_knn")].matrix
        near(graph.to_dense(), oracle[0][f"graph/{theirs}_original_adj/dense"])
    near(model.mine(data).to_dense(), oracle[0]["eval/item_adj"])


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])


def test_loss_and_gradients(
    model, oracle, data, golden_problem, near_in_scale, near_gradients, renamed
) -> None:
    arrays = oracle[0]
    loss = sum(model.loss(data, golden_problem[1]).values())
    near_in_scale(loss, arrays["train/loss"])
    loss.backward()
    near_gradients(model, renamed(arrays, NAMES, "train/grad"))
    for ours, theirs in MODALITIES.items():
        near_in_scale(data["item"][ours].grad, arrays[f"train/grad/{theirs}_embedding.weight"])


def test_ten_steps_of_adam_on_one_epochs_graph(
    model, oracle, data, golden_problem, near_in_scale, adam_steps
) -> None:
    expected, features = oracle[0]["traj/loss"], [data["item"][name] for name in MODALITIES]
    graph = copy.copy(data)
    model.refresh(graph)
    near_in_scale(adam_steps(model, graph, golden_problem[1], len(expected), features), expected)
