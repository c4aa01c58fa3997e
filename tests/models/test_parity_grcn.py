"""GRCN against the released code's numbers."""

import pytest
import torch
from torch import Tensor

from pygmmrec.models import GRCN

MODALITIES = {"visual": "v_gcn", "text": "t_gcn"}
"""Ours to theirs, in the order of the confidences."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("GRCN")


@pytest.fixture
def data(golden_problem):
    return GRCN.pre_transform()(golden_problem[0])


def weights(arrays, kind: str, num_users: int) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients (``train/grad``) in our form."""

    def at(name: str) -> Tensor:
        return torch.from_numpy(arrays[f"{kind}/{name}"])

    found = {}
    for ours, theirs in {
        "{}_embedding.weight": "id_gcn.id_embedding",
        "{}_confidence.weight": "model_specific_conf",
    }.items():
        found[ours.format("user")], found[ours.format("item")] = (
            at(theirs)[:num_users],
            at(theirs)[num_users:],
        )
    for ours, theirs in MODALITIES.items():
        found[f"preference.{ours}"] = at(f"{theirs}.preference")
        for part in ("weight", "bias"):
            found[f"project.lins.{ours}.{part}"] = at(f"{theirs}.MLP.{part}")
    return found


@pytest.fixture
def model(oracle, data) -> GRCN:
    arrays, hyper = oracle
    model = GRCN.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        content_dim=hyper["latent_embedding"],
        num_rounds=hyper["n_layers"],
        reg_weight=hyper["reg_weight"],
        variant="released",
    )
    model.load_state_dict(weights(arrays, "param", model.num_users))
    return model


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])


def test_loss_and_gradients(model, oracle, data, golden_problem, near_in_scale, near_gradients) -> None:
    loss = sum(model.loss(data, golden_problem[1]).values())
    near_in_scale(loss, oracle[0]["train/loss"], 2e-6)  # the L2 term is a part in two thousand
    loss.backward()
    near_gradients(model, weights(oracle[0], "train/grad", model.num_users))


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)
