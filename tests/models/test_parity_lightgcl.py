"""LightGCL against the numbers of two public codes."""

from collections.abc import Callable

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCL
from pygmmrec.transforms import ToAdj
from pygmmrec.transforms.low_rank_graph import ITEM_FACTORS, USER_FACTORS
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS

NAMES = {"user_embedding.weight": "E_u_0", "item_embedding.weight": "E_i_0"}
"""Ours to theirs."""

FORMS = {"released": "train", "paper": "authors"}
"""Our variants to their loss."""

DROPOUT = 0.3
"""Of the recorded masks, as their meaning says."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("LightGCL")


@pytest.fixture
def factors(oracle) -> tuple[torch.Tensor, torch.Tensor]:
    """What users [U, q] and items [I, q] have of their factors, which are those of a random start."""
    left, right = (torch.from_numpy(oracle[0][f"graph/svd_{name}"]) for name in ("u_mul_s", "vt"))
    root = left.norm(dim=0).sqrt()
    return left / root, right.t() * root


@pytest.fixture
def data(oracle, golden_problem, factors) -> HeteroData:
    """The graph with their factors."""
    data = LightGCL.prepare(golden_problem[0], q=oracle[1]["q"])
    for edge_type, share in zip((USER_FACTORS, ITEM_FACTORS), factors, strict=True):
        source, target = data[edge_type].edge_index
        rewire(data[edge_type], edge_weight=share[target, source])
    return ToAdj()(data)


@pytest.fixture
def build(oracle, data, renamed) -> Callable[..., LightGCL]:
    """Maker of the model with their weights."""
    arrays, hyper = oracle

    def build(variant: str = "released", p: float | None = None) -> LightGCL:
        model = LightGCL.from_data(
            data,
            embedding_dim=hyper["embedding_size"],
            num_layers=hyper["n_layers"],
            p=hyper["dropout"] if p is None else p,
            cl_weight=hyper["lambda1"],
            temperature=hyper["temp"],
            reg_weight=hyper["lambda2"],
            variant=variant,
        )
        model.load_state_dict(renamed(arrays, NAMES, "param"))
        return model

    return build


def test_graph_and_singular_values(oracle, golden_problem, near, dense_graph) -> None:
    arrays, hyper = oracle
    data = LightGCL.prepare(golden_problem[0], q=hyper["q"])
    size = (data["user"].num_nodes, data["item"].num_nodes)
    near(data[INTERACTS].matrix.to_dense().t(), dense_graph(arrays, "graph/R_norm", *size))
    of_user, of_item = (data[kind].matrix.to_dense() for kind in (USER_FACTORS, ITEM_FACTORS))
    near(torch.linalg.svdvals(of_user @ of_item.t())[: hyper["q"]], arrays["graph/singular_values_exact"])


def test_their_two_products_are_one(oracle, factors, near) -> None:
    arrays = oracle[0]
    of_user, of_item = factors
    near(of_item @ of_user.t(), torch.from_numpy(arrays["graph/svd_v_mul_s"] @ arrays["graph/svd_ut"]))


def test_embeddings_and_scores(build, oracle, data, near_outputs) -> None:
    model = build()
    near_outputs(model, model(data), oracle[0])


@pytest.mark.parametrize("variant", FORMS)
def test_loss_terms_and_gradients(
    variant, build, oracle, data, golden_problem, near_in_scale, near_gradients, renamed
) -> None:
    arrays, kind, model = oracle[0], FORMS[variant], build(variant)
    terms = model.loss(data, golden_problem[1])
    near_in_scale(terms["bpr"], arrays[f"{kind}/term/bpr"])
    near_in_scale(terms["l2"], arrays[f"{kind}/term/reg"])
    contrast = terms["cl_user"] + terms["cl_item"]
    unweighted = kind == "train"
    near_in_scale(
        contrast, model.cl_weight * arrays["train/term/ssl"] if unweighted else arrays[f"{kind}/term/cl"]
    )
    loss = sum(terms.values())
    near_in_scale(loss, arrays[f"{kind}/loss"])
    loss.backward()
    near_gradients(model, renamed(arrays, NAMES, f"{kind}/grad"))


def test_dropped_edges(
    build, oracle, data, golden_problem, near_in_scale, near_gradients, renamed, monkeypatch
) -> None:
    arrays = oracle[0]
    indices = torch.from_numpy(arrays["graph/R_norm/indices"])
    model = build(p=DROPOUT)
    masks = []
    for n in range(2 * model.num_layers):
        kept = torch.zeros(model.num_users, model.num_items, dtype=torch.bool)
        kept[indices[0], indices[1]] = torch.from_numpy(arrays[f"train_drop/keep_{n}"]) > 0
        masks.append(kept if n % 2 == 0 else kept.t())  # those to users are drawn ahead
    left = iter(masks)
    monkeypatch.setattr(model.drop_edge, "draw", lambda adj, p: next(left)[adj.row, adj.col])
    loss = sum(model.loss(data, golden_problem[1]).values())
    near_in_scale(loss, arrays["train_drop/loss"])
    loss.backward()
    near_gradients(model, renamed(arrays, NAMES, "train_drop/grad"))


def test_ten_steps_of_adam(build, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(build(), data, golden_problem[1], len(expected)), expected)
