"""SMORE against the authors' numbers."""

import pytest
import torch
from torch import Tensor

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.rows.rows import distinct_nodes
from pygmmrec.models import SMORE
from pygmmrec.typing import INTERACTS, REV_INTERACTS, item_edge_type

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs."""

VIEWS = {**MODALITIES, "fused": "fusion"}

NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_id_embedding.weight",
    **{f"project.lins.{ours}": f"{theirs}_trs" for ours, theirs in MODALITIES.items()},
    **{f"multi_view.purify.gate.lins.{ours}": f"gate_{ours[0]}.0" for ours in VIEWS},
    "multi_view.fuse.key.visual": "query_v.0",
    "multi_view.fuse.key.text": "query_t.0",
    "multi_view.fuse.value.visual.weight": "query_v.2.weight",
    "multi_view.fuse.value.text.weight": "query_t.2.weight",
    **{f"multi_view.fuse.gates.{ours}": f"gate_{theirs}_prefer.0" for ours, theirs in VIEWS.items()},
}
"""Ours to theirs; prefixes stand for weight and bias."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("SMORE")


@pytest.fixture
def data(golden_problem, oracle):
    """The graph, whose raw features are trained, as in the authors' code."""
    arrays, hyper = oracle
    k = {ours: hyper[f"{theirs}_knn_k"] for ours, theirs in MODALITIES.items()}
    data = SMORE.pre_transform(k)(golden_problem[0])
    for ours, theirs in MODALITIES.items():
        features = torch.from_numpy(arrays[f"param/{theirs}_embedding.weight"])
        data["item"][ours] = features.clone().requires_grad_()
    return data


def weights(arrays, kind: str, renamed) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients by our names; of theirs, some imaginary parts do nothing."""
    found = renamed(arrays, NAMES, kind)
    for ours, theirs in VIEWS.items():
        weight = torch.from_numpy(arrays[f"{kind}/{theirs}_complex_weight"])[0]  # [D / 2 + 1, 2]
        size = len(arrays["param/image_trs.bias"])
        found[f"filter.real.{ours}"] = weight[:, 0]
        found[f"filter.imaginary.{ours}"] = weight[1 : 1 + (size - 1) // 2, 1]
        if kind != "param":
            assert not weight[0, 1]
            assert size % 2 == 1 or not weight[-1, 1]
    return found


@pytest.fixture
def model(oracle, data, golden_problem, renamed) -> SMORE:
    arrays, hyper = oracle
    model = SMORE.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=hyper["n_ui_layers"],
        num_ii_layers=hyper["n_layers"],
        cl_weight=hyper["cl_loss"],
        # Theirs divides by the batch size of the settings, and ours by the batch's.
        reg_weight=hyper["reg_weight"] * len(golden_problem[1].user) / hyper["train_batch_size"],
        p=hyper["dropout_rate"],
    )
    model.load_state_dict(weights(arrays, "param", renamed))
    return model


@pytest.fixture
def compare(model, oracle, data, golden_problem, near_in_scale, near_gradients, renamed):
    """Comparison of terms, loss and gradients with the numbers of a kind."""
    arrays = oracle[0]

    def check(kind: str) -> None:
        terms = model.loss(data, golden_problem[1])
        near_in_scale(terms["bpr"], arrays[f"{kind}/term/bpr"])
        near_in_scale(terms["l2"], arrays[f"{kind}/term/reg"])
        for ours, theirs in (("cl_user", "users"), ("cl_item", "items")):
            near_in_scale(terms[ours] / model.cl_weight, arrays[f"{kind}/term/contrast_{theirs}"])
        near_in_scale(sum(terms.values()), arrays[f"{kind}/loss"])
        sum(terms.values()).backward()
        near_gradients(model, weights(arrays, f"{kind}/grad", renamed))
        for ours, theirs in MODALITIES.items():
            near_in_scale(data["item"][ours].grad, arrays[f"{kind}/grad/{theirs}_embedding.weight"])

    return check


def test_the_graphs(oracle, data, near, dense_graph) -> None:
    arrays, _ = oracle
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    between = dense_graph(arrays, "graph/R", num_users, num_items)
    near(data[INTERACTS].matrix.to_dense(), between.t())
    near(data[REV_INTERACTS].matrix.to_dense(), between)
    graphs = {f"{ours}_knn": f"{theirs}_original_adj" for ours, theirs in MODALITIES.items()}
    for ours, theirs in {**graphs, "fused": "fusion_adj"}.items():
        graph = data[item_edge_type(ours)].matrix
        near(graph.to_dense(), dense_graph(arrays, f"graph/{theirs}", num_items, num_items))


def test_embeddings_and_scores(model, oracle, data, near, near_outputs) -> None:
    arrays, _ = oracle
    filtered = model.filter(model.project(modalities(data, model.modality_dims)), availability(data))
    for ours, theirs in VIEWS.items():
        near(filtered[ours], arrays[f"eval/{theirs}_conv"])
    e, s = model.views(data)
    near(torch.cat(e), arrays["eval/content_embeds"])
    near(torch.cat(s), arrays["eval/side_embeds"])
    near_outputs(model, model(data), arrays)


def test_loss_terms_and_gradients(compare) -> None:
    compare("train")


def test_loss_terms_and_gradients_with_their_dropout(
    model, oracle, golden_problem, compare, monkeypatch
) -> None:
    arrays = oracle[0]
    at, rate = distinct_nodes(golden_problem[1])[0], float(arrays["train_drop/rate"])
    kept = iter(
        torch.from_numpy(arrays[f"train_drop/mask_{theirs}"])[index] / (1 - rate)
        for index in (at.user, model.num_users + at.item)
        for theirs in VIEWS.values()
    )
    monkeypatch.setattr("torch.nn.functional.dropout", lambda x, p, training: x * next(kept))
    compare("train_drop")


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected, features = oracle[0]["traj/loss"], [data["item"][name] for name in MODALITIES]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected), features), expected)
