"""LGMRec against the released code's numbers, which were made with Gumbel noise of zero."""

import pytest
import torch
from torch import Tensor

from pygmmrec.models import LGMRec
from pygmmrec.typing import INTERACTS, PROFILES, REV_INTERACTS

MODALITIES = {"visual": ("image", "v"), "text": ("text", "t")}
"""Ours to theirs, in the order of the contrast."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("LGMRec")


@pytest.fixture
def data(golden_problem):
    return LGMRec.pre_transform()(golden_problem[0])


def weights(arrays, kind: str) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients (``train/grad``) in our form."""

    def at(name: str) -> Tensor:
        return torch.from_numpy(arrays[f"{kind}/{name}"])

    found = {
        "user_embedding.weight": at("user_embedding.weight"),
        "item_embedding.weight": at("item_id_embedding.weight"),
    }
    for ours, (theirs, letter) in MODALITIES.items():
        found[f"project.lins.{ours}.weight"] = at(f"item_{theirs}_trs").t()
        found[f"incidence.project.lins.{ours}.weight"] = at(f"{letter}_hyper").t()
    return found


@pytest.fixture
def model(oracle, data) -> LGMRec:
    arrays, hyper = oracle
    model = LGMRec.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=hyper["n_ui_layers"],
        num_mm_layers=hyper["n_mm_layers"],
        num_hyper_layers=hyper["n_hyper_layer"],
        num_hyperedges=hyper["hyper_num"],
        p=1 - hyper["keep_rate"],
        alpha=hyper["alpha"],
        noise="never",
        cl_weight=hyper["cl_weight"],
        reg_weight=hyper["reg_weight"],
        variant="released",
    )
    model.load_state_dict(weights(arrays, "param"))
    return model


def test_the_graphs(oracle, data, near, dense_graph) -> None:
    arrays, _ = oracle
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    num_nodes = num_users + num_items
    near(data[PROFILES].matrix.to_dense(), dense_graph(arrays, "graph/adj", num_users, num_items))
    normalised = dense_graph(arrays, "graph/norm_adj", num_nodes, num_nodes)
    near(data[REV_INTERACTS].matrix.to_dense(), normalised[:num_users, num_users:])
    near(data[INTERACTS].matrix.to_dense(), normalised[num_users:, :num_users])


def test_embeddings_and_scores(model, oracle, data, near, near_outputs) -> None:
    arrays, _ = oracle
    out, q = model.eval().views(data)
    for ours, (_, letter) in MODALITIES.items():
        near(q[ours].user, arrays[f"eval/hyper_u{letter}"])
        near(q[ours].item, arrays[f"eval/hyper_i{letter}"])
    near_outputs(model, out, arrays)


def test_loss_and_gradients(model, oracle, data, golden_problem, near_in_scale, near_gradients) -> None:
    loss = sum(model.loss(data, golden_problem[1]).values())
    near_in_scale(loss, oracle[0]["train/loss"], 5e-7)  # the L2 term is two parts in a million
    loss.backward()
    near_gradients(model, weights(oracle[0], "train/grad"))


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)
