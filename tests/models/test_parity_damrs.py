"""DA-MRS against the authors' numbers."""

import numpy as np
import pytest
import torch

from pygmmrec.kernels.rows.rows import distinct_nodes, rows, triplet_scores
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.losses.denoised_bpr import pair_weights
from pygmmrec.losses.pseudo_label import pseudo_labels, view_losses
from pygmmrec.models import DAMRS
from pygmmrec.transforms.behaviour_graph import BEHAVIOUR
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, item_edge_type

VIEWS = {"visual": "image", "text": "text", "behaviour": "session"}
"""Ours to theirs, in the order of ours."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("DAMRS")


@pytest.fixture
def ours(golden_problem, oracle):
    hyper = oracle[1]
    return DAMRS.pre_transform(hyper["knn_k"], hyper["item_graph_topk"])(golden_problem[0])


@pytest.fixture
def data(ours, oracle, dense_graph):
    """With their graph of behaviour, in which chance decided which of equal counts are kept."""
    num_items, data = ours["item"].num_nodes, ours.clone()
    dense = dense_graph(oracle[0], "graph/session_adj", num_items, num_items)
    item, neighbour = dense.nonzero().t()
    store = data[BEHAVIOUR]
    rewire(store, edge_index=torch.stack([neighbour, item]), edge_weight=dense[item, neighbour])
    size = (num_items, num_items)
    store.matrix = Adj.from_edge_index(store.edge_index, store.edge_weight, size=size)
    store.matrix.made_from = store.edge_index
    return data


@pytest.fixture
def model(oracle, data, renamed) -> DAMRS:
    arrays, hyper = oracle
    model = DAMRS.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in ("visual", "text")},
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=hyper["n_ui_layers"],
        num_ii_layers=hyper["n_mm_layers"],
        item_weight=hyper["neighbor_weight"],
        user_weight=hyper["kl_weight"],
        num_labels=hyper["n_pseudo_labels"],
    )
    model.load_state_dict(renamed(arrays, NAMES, "param"))
    return model


NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_id_embedding.weight",
}
"""Ours to theirs."""


def test_the_graphs(oracle, ours, near, dense_graph) -> None:
    num_users, num_items = ours["user"].num_nodes, ours["item"].num_nodes
    square = dense_graph(oracle[0], "graph/norm_adj", *[num_users + num_items] * 2)
    near(ours[INTERACTS].matrix.to_dense(), square[num_users:, :num_users])
    for name in ("visual", "text"):
        theirs = dense_graph(oracle[0], f"graph/{VIEWS[name]}_adj", num_items, num_items)
        near(ours[item_edge_type(f"{name}_knn")].matrix.to_dense(), theirs)


def test_our_graph_of_behaviour_has_neighbours_as_good_as_theirs(oracle, ours) -> None:
    count, k = torch.from_numpy(oracle[0]["graph/common_users"]), oracle[1]["item_graph_topk"]
    graph = ours[BEHAVIOUR].matrix.to_dense()
    for item in range(len(count)):
        kept = [other for other in graph[item].nonzero().squeeze(-1).tolist() if other != item]
        others = count[item].clone()
        others[item] = 0
        best = others.sort(descending=True).values[:k]
        assert sorted(others[kept].tolist(), reverse=True) == best[best > 0].tolist()
        assert graph[item, item] > 0


def test_embeddings_and_scores(model, oracle, data, near, near_outputs) -> None:
    arrays = oracle[0]
    for view, theirs in zip(model.views(data)[0], VIEWS.values(), strict=True):
        near(view, arrays[f"eval/h_{theirs}"])
    near_outputs(model, model(data), arrays)


def test_how_much_pairs_count(model, oracle, data, golden_problem, near) -> None:
    at, among = distinct_nodes(golden_problem[1])
    e = model.collaborative(model.user_embedding.weight, model.item_embedding.weight,
                            model.adj(data, INTERACTS), at=at)  # fmt: skip
    views = [unit_rows(rows(view, at.item)) for view in model.views(data)[0]]
    logit = [triplet_scores(e.user, view, among) for view in views]
    weights = pair_weights(*(torch.stack(each, dim=1).sigmoid() for each in zip(*logit, strict=True)))
    near(weights[0], oracle[0]["train/positive_weight"])
    near(weights[1], oracle[0]["train/negative_weight"])


def test_the_labels_and_the_loss_of_each_view(model, oracle, data, golden_problem, near_in_scale) -> None:
    arrays = oracle[0]
    item = distinct_nodes(golden_problem[1])[0].item
    np.testing.assert_array_equal(item.numpy(), arrays["train/batch_items"])
    views, having = model.views(data)
    units = [unit_rows(view) for view in views]
    labels = pseudo_labels(units, item, having, model.num_labels)
    losses = view_losses(views, item, having, num_labels=model.num_labels, temperature=model.temperature)
    for x, theirs in enumerate(VIEWS.values()):
        near_in_scale(losses[x], arrays[f"train/term/item_alignment/{theirs}"])
        for name, found in zip(("shared", "single"), labels, strict=True):
            expected = torch.from_numpy(arrays[f"train/{name}_labels/{theirs}"])
            cosine = units[x][item] @ units[x].t()  # items with the same row in a view tie
            ranked = (cosine.gather(1, each).sort(dim=1).values for each in (found[x], expected))
            torch.testing.assert_close(*ranked, rtol=0, atol=1e-5)


def test_loss_terms_and_gradients(
    model, oracle, data, golden_problem, near_in_scale, near_gradients, renamed
) -> None:
    arrays, hyper = oracle
    terms = model.loss(data, golden_problem[1])
    near_in_scale(terms["bpr"], arrays["train/term/bpr"])
    near_in_scale(terms["user_alignment"] / hyper["kl_weight"], arrays["train/term/user_alignment"])
    near_in_scale(sum(terms.values()), arrays["train/loss"])
    sum(terms.values()).backward()
    near_gradients(model, renamed(arrays, NAMES, "train/grad"))


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)
