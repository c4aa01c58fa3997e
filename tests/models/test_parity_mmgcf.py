"""MMGCF against the public code's numbers: one rule in full, and the losses of all others."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_geometric.transforms import Compose

from pygmmrec.models import MMGCF
from pygmmrec.nn.fusion.late_fusion import JOINS, WEIGHTINGS
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.transforms.adaptive_drop_edge import retention_probability
from pygmmrec.transforms.drop_edge import keep_edges
from pygmmrec.typing import INTERACTS

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs, in their order."""

RULES = [(fusion, weighting) for fusion in JOINS for weighting in WEIGHTINGS]
CANCELLING = 1e-6
"""How small, next to a loss of about one, the gradient of a bias is that cancels between two items."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("MMGCF")


@pytest.fixture
def data(golden_problem):
    return MMGCF.pre_transform()(golden_problem[0])


def theirs(model: MMGCF) -> dict[str, str]:
    """The name of each of our weights in their code."""
    names = {
        "user_embedding.weight": "user_embedding.weight",
        "item_embedding.weight": "item_id_embedding.weight",
        "fuse.alpha": "mm_alpha",
    }
    outer = "id_mm_concat_layer" if model.weighting == "equal" else "all_concat_layer"
    for part in ("weight", "bias"):
        names |= {f"project.lins.{ours}.{part}": f"{name}_trs.{part}" for ours, name in MODALITIES.items()}
        names |= {f"fuse.inner.{part}": f"mm_concat_layer.{part}", f"fuse.outer.{part}": f"{outer}.{part}"}
    return {ours: names[ours] for ours in model.state_dict()}


@pytest.fixture
def build(oracle, data):
    """The model with their weights, by one rule, or by that of the main numbers."""
    arrays, hyper = oracle

    def make(fusion: str = hyper["fusion_mode"], weighting: str = hyper["weighting"]) -> MMGCF:
        model = MMGCF.from_data(
            data,
            modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
            embedding_dim=hyper["embedding_size"],
            num_layers=hyper["n_ui_layers"],
            fusion=fusion,
            weighting=weighting,
            reg_weight=hyper["reg_weight"],
        )
        state = {ours: torch.from_numpy(arrays[f"param/{name}"]) for ours, name in theirs(model).items()}
        model.load_state_dict(state)
        return model

    return make


@pytest.fixture
def compare(oracle, golden_problem, near_in_scale):
    """Comparison of loss, terms and gradients with the numbers of a kind, such as ``train``."""
    arrays, hyper = oracle

    def check(model: MMGCF, data, kind: str) -> None:
        terms = model.loss(data, golden_problem[1])
        near_in_scale(terms["bpr"], arrays[f"{kind}/term/bpr"])
        near_in_scale(terms["l2"] / hyper["reg_weight"], arrays[f"{kind}/term/reg"])
        loss = sum(terms.values())
        near_in_scale(loss, arrays[f"{kind}/loss"])
        loss.backward()
        grads: dict[str, Tensor] = {name: value.grad for name, value in model.named_parameters()}
        for ours, name in theirs(model).items():
            expected = arrays[f"{kind}/grad/{name}"]
            if np.abs(expected).max() < CANCELLING:
                assert ours.endswith(".bias")
                assert grads[ours].abs().max() < CANCELLING
            else:
                near_in_scale(grads[ours], expected)

    return check


def test_the_graph(oracle, data, near, dense_graph) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    square = dense_graph(oracle[0], "graph/norm_adj", *[num_users + num_items] * 2)
    near(data[INTERACTS].matrix.to_dense(), square[num_users:, :num_users])


def test_embeddings_and_scores(build, oracle, data, near, near_outputs) -> None:
    model = build()
    near_outputs(model, model(data), oracle[0])
    before = model.collaborative(
        model.user_embedding.weight, model.item_embedding.weight, data[INTERACTS].matrix
    )
    near(before.item, oracle[0]["eval/content_items"])


def test_loss_terms_and_gradients(build, data, compare) -> None:
    compare(build(), data, "train")


@pytest.mark.parametrize(("fusion", "weighting"), RULES)
def test_every_other_rule(build, oracle, data, near, compare, fusion, weighting) -> None:
    hyper, kind = oracle[1], f"combo/{fusion}_{weighting}"
    if (fusion, weighting) == (hyper["fusion_mode"], hyper["weighting"]):
        assert f"{kind}/train/loss" not in oracle[0]
        return
    model = build(fusion, weighting)
    near(model(data).item, oracle[0][f"{kind}/eval/item_emb"])
    compare(model, data, f"{kind}/train")


def test_a_pruned_graph(build, oracle, data, golden, near, dense_graph, compare) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    masked = dense_graph(oracle[0], "train_drop/masked_adj", *[num_users + num_items] * 2)
    masked = masked[:num_users, num_users:]
    user, item = data[INTERACTS].edge_index
    pruned = keep_edges(data.clone(), masked[user, item] != 0, MMGCF.epoch_transform())
    pruned = Compose([BipartiteNorm(), ToAdj()])(pruned)
    near(pruned[INTERACTS].matrix.to_dense().t(), masked)
    compare(build(), pruned, "train_drop")
    pairs = torch.from_numpy(np.load(golden / "problem.npz")["train_ui"]).t()
    near(retention_probability(pairs), oracle[0]["train_drop/edge_values"])


def test_ten_steps_of_adam(build, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(build(), data, golden_problem[1], len(expected)), expected)
