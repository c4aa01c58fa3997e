"""MGCN against the released code's numbers."""

import pytest
import torch
from torch import Tensor

from pygmmrec.losses import bpr_loss, info_nce_loss, l2_loss
from pygmmrec.models import MGCN
from pygmmrec.typing import INTERACTS, REV_INTERACTS, item_edge_type

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs."""

NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_id_embedding.weight",
    "project.lins.visual": "image_trs",
    "project.lins.text": "text_trs",
    "multi_view.purify.gate.lins.visual": "gate_v.0",
    "multi_view.purify.gate.lins.text": "gate_t.0",
    "multi_view.fuse.key": "query_common.0",
    "multi_view.fuse.gates.visual": "gate_image_prefer.0",
    "multi_view.fuse.gates.text": "gate_text_prefer.0",
}
"""Ours to theirs; prefixes stand for weight and bias."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("MGCN")


@pytest.fixture
def data(golden_problem, oracle):
    """The graph, whose raw features are trained, as in the released code."""
    arrays, hyper = oracle
    data = MGCN.pre_transform(k=hyper["knn_k"])(golden_problem[0])
    for ours, theirs in MODALITIES.items():
        features = torch.from_numpy(arrays[f"param/{theirs}_embedding.weight"])
        data["item"][ours] = features.clone().requires_grad_()
    return data


def weights(arrays, kind: str, renamed) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients (``train/grad``) in our form."""
    query = torch.from_numpy(arrays[f"{kind}/query_common.2.weight"]).flatten()
    return {"multi_view.fuse.query": query, **renamed(arrays, NAMES, kind)}


@pytest.fixture
def model(oracle, data, golden_problem, renamed) -> MGCN:
    arrays, hyper = oracle
    batch_size = len(golden_problem[1].user)
    model = MGCN.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=hyper["n_ui_layers"],
        num_ii_layers=hyper["n_layers"],
        cl_weight=hyper["cl_loss"],
        # Theirs divides by the batch size of the settings, and ours by the batch's.
        reg_weight=hyper["reg_weight"] * batch_size / hyper["train_batch_size"],
        variant="released",
    )
    model.load_state_dict(weights(arrays, "param", renamed))
    return model


def test_the_graphs(oracle, data, near, dense_graph) -> None:
    arrays, _ = oracle
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    between = dense_graph(arrays, "graph/R", num_users, num_items)
    near(data[INTERACTS].matrix.to_dense(), between.t())
    near(data[REV_INTERACTS].matrix.to_dense(), between)
    for ours, theirs in MODALITIES.items():
        graph = data[item_edge_type(f"{ours}_knn")].matrix
        near(graph.to_dense(), dense_graph(arrays, f"graph/{theirs}_original_adj", num_items, num_items))


def test_embeddings_and_scores(model, oracle, data, near, near_outputs) -> None:
    arrays, _ = oracle
    e, s = model.views(data)
    near(torch.cat(e), arrays["eval/content_embeds"])
    near(torch.cat(s), arrays["eval/side_embeds"])
    near_outputs(model, model(data), arrays)


def test_loss_and_gradients(
    model, oracle, data, golden_problem, near_in_scale, near_gradients, renamed
) -> None:
    arrays, _ = oracle
    loss = sum(model.loss(data, golden_problem[1]).values())
    near_in_scale(loss, arrays["train/loss"], 2e-6)  # the L2 term is small
    loss.backward()
    near_gradients(model, weights(arrays, "train/grad", renamed))
    for ours, theirs in MODALITIES.items():
        near_in_scale(data["item"][ours].grad, arrays[f"train/grad/{theirs}_embedding.weight"])


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    features = [data["item"][name] for name in MODALITIES]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected), features), expected)


def test_losses_alone(oracle, near) -> None:
    arrays, hyper = oracle
    x, y = torch.from_numpy(arrays["unit/x"]), torch.from_numpy(arrays["unit/y"])
    near(info_nce_loss(x, y, temperature=0.2), arrays["unit/infonce_t0.2"])
    near(bpr_loss((x * y).sum(-1), (x * x.flip(0)).sum(-1)), arrays["unit/bpr_mf"])
    l2 = hyper["reg_weight"] * l2_loss(x, y, x.flip(0), reduction="sum") / hyper["train_batch_size"]
    near(l2, arrays["unit/bpr_reg"])
