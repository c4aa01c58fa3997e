"""SGL against the numbers of three public codes."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models import SGL
from pygmmrec.models.sgl import view_type
from pygmmrec.transforms.graph_view import renormalized
from pygmmrec.typing import INTERACTS

NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_embedding.weight",
}
"""Ours to theirs."""

FORMS = {
    "released": ("train", "traj/loss"),
    "authors": ("authors", "traj/authors"),
    "selfrec": ("selfrec", "traj/selfrec"),
}
"""Our variants to their loss and its trajectory."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("SGL")


@pytest.fixture
def build(oracle, golden_problem, renamed) -> Callable[..., SGL]:
    """Maker of the model with their weights."""
    arrays, hyper = oracle

    def build(variant: str, augmentation: str = "edges") -> SGL:
        model = SGL.from_data(
            golden_problem[0],
            embedding_dim=hyper["embedding_size"],
            num_layers=hyper["n_layers"],
            augmentation=augmentation,
            p=hyper["drop_ratio"],
            cl_weight=hyper["ssl_weight"],
            temperature=hyper["ssl_tau"],
            reg_weight=hyper["reg_weight"],
            variant=variant,
        )
        model.load_state_dict(renamed(arrays, NAMES, "param"))
        return model

    return build


@pytest.fixture
def pairs(golden) -> Tensor:
    """The training pairs, in their order, [E, 2]."""
    return torch.from_numpy(np.load(golden / "problem.npz")["train_ui"])


@pytest.fixture
def with_views(golden_problem, pairs) -> Callable[..., HeteroData]:
    """Maker of the graph whose views keep these rows of the pairs, of each view and each of its layers."""

    def put(kept: list[list[Tensor]]) -> HeteroData:
        data = SGL.prepare(golden_problem[0])
        adj = data[INTERACTS].matrix
        for view, layers in enumerate(kept):
            for layer, rows in enumerate(layers):
                known = torch.zeros(adj.num_rows, adj.num_cols, dtype=torch.bool)
                known[pairs[rows, 1], pairs[rows, 0]] = True
                store = data[view_type(view, layer)]
                store.matrix = renormalized(adj, known[adj.row, adj.col])
                store.edge_index = store.matrix.edge_index
        return data

    return put


@pytest.fixture
def data(with_views, oracle) -> HeteroData:
    """The graph with their views of fewer edges."""
    return with_views([[torch.from_numpy(oracle[0][f"graph/keep_{view}"])] for view in (1, 2)])


def test_views_are_normalised_by_what_is_left(oracle, data, near, dense_graph) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    num_nodes = num_users + num_items
    for view in (0, 1):
        square = dense_graph(oracle[0], f"graph/sub_{view + 1}", num_nodes, num_nodes)
        near(data[view_type(view, 0)].matrix.to_dense(), square[num_users:, :num_users])


def test_as_many_edges_and_nodes_are_left(oracle, data, build) -> None:
    arrays, hyper = oracle
    model = build("paper")
    model.refresh(data)
    assert data[view_type(0, 0)].matrix.nnz == len(arrays["graph/keep_1"])
    assert int(hyper["drop_ratio"] * model.num_users) == len(arrays["train_nd/drop_user_1"])
    assert int(hyper["drop_ratio"] * model.num_items) == len(arrays["train_nd/drop_item_1"])


def test_embeddings_and_scores(build, oracle, data, near_outputs) -> None:
    model = build("paper")
    near_outputs(model, model(data), oracle[0])


@pytest.mark.parametrize("variant", FORMS)
def test_loss_terms_and_gradients(
    variant, build, oracle, data, golden_problem, near_in_scale, near_gradients, renamed
) -> None:
    arrays, kind, model = oracle[0], FORMS[variant][0], build(variant)
    terms = model.loss(data, golden_problem[1])
    near_in_scale(terms["bpr"], arrays[f"{kind}/term/bpr"])
    near_in_scale(terms["l2"], arrays[f"{kind}/term/reg"])
    if kind == "train":
        for of in ("user", "item"):
            near_in_scale(terms[f"cl_{of}"], model.cl_weight * arrays[f"train/term/ssl_{of}"])
    else:
        contrast = [value for name, value in terms.items() if name.startswith("cl")]
        near_in_scale(sum(contrast), arrays[f"{kind}/term/cl"])
    loss = sum(terms.values())
    near_in_scale(loss, arrays[f"{kind}/loss"])
    loss.backward()
    near_gradients(model, renamed(arrays, NAMES, f"{kind}/grad"))


def test_the_default_is_the_authors_loss_over_the_batch(build, oracle, data, golden_problem, near_in_scale):
    batch = golden_problem[1]
    loss = sum(build("paper").loss(data, batch).values())
    near_in_scale(loss * len(batch.user), oracle[0]["authors/loss"])


@pytest.mark.parametrize(("augmentation", "kind"), [("nodes", "train_nd"), ("walk", "train_rw")])
def test_other_augmentations(
    augmentation,
    kind,
    build,
    with_views,
    pairs,
    oracle,
    golden_problem,
    near_in_scale,
    near_gradients,
    renamed,
) -> None:
    arrays, kept = oracle[0], []
    for view in (1, 2):
        if kind == "train_rw":
            num = sum(key.startswith(f"{kind}/keep_{view}_layer") for key in arrays)
            kept.append([torch.from_numpy(arrays[f"{kind}/keep_{view}_layer{n}"]) for n in range(num)])
        else:
            lost = [torch.from_numpy(arrays[f"{kind}/drop_{of}_{view}"]) for of in ("user", "item")]
            gone = torch.isin(pairs[:, 0], lost[0]) | torch.isin(pairs[:, 1], lost[1])
            kept.append([(~gone).nonzero().squeeze(1)])
    model = build("released", augmentation)
    loss = sum(model.loss(with_views(kept), golden_problem[1]).values())
    near_in_scale(loss, arrays[f"{kind}/loss"])
    loss.backward()
    near_gradients(model, renamed(arrays, NAMES, f"{kind}/grad"))


@pytest.mark.parametrize("variant", FORMS)
def test_ten_steps_of_adam(variant, build, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0][FORMS[variant][1]]
    near_in_scale(adam_steps(build(variant), data, golden_problem[1], len(expected)), expected)
