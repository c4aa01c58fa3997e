"""MMGCN against the released code's numbers."""

import pytest
import torch
from torch import Tensor

from pygmmrec.models import MMGCN

MODALITIES = {"visual": "v_gcn", "text": "t_gcn"}
"""Ours to theirs; they project the first, and decay its preferences alone."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("MMGCN")


@pytest.fixture
def data(golden_problem):
    return MMGCN.pre_transform()(golden_problem[0])


@pytest.fixture
def num_layers(oracle) -> int:
    """As many as there are weights of: the settings that came along name another number."""
    return sum("v_gcn.conv_embed_" in name for name in oracle[0] if name.startswith("param/"))


def weights(arrays, kind: str, num_layers: int) -> dict[str, Tensor]:
    """Their trained weights (``param``) or gradients (``train/grad``) in our form."""
    found = {}
    for part in ("weight", "bias"):
        found[f"reduce.lins.visual.{part}"] = torch.from_numpy(arrays[f"{kind}/v_gcn.MLP.{part}"])
    for ours, theirs in MODALITIES.items():
        for n in range(num_layers):
            prefix = f"networks.{ours}.convs.{n}"
            neighbour = torch.from_numpy(arrays[f"{kind}/{theirs}.conv_embed_{n + 1}.weight"])
            found[f"{prefix}.neighbour.weight"] = neighbour.t()  # theirs stands on the right
            for part in ("weight", "bias"):
                for our_name, their_name in (("own", "linear_layer"), ("join", "g_layer")):
                    name = f"{kind}/{theirs}.{their_name}{n + 1}.{part}"
                    found[f"{prefix}.{our_name}.{part}"] = torch.from_numpy(arrays[name])
    return found


@pytest.fixture
def model(oracle, data, num_layers) -> MMGCN:
    arrays, hyper = oracle
    model = MMGCN.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        num_layers=num_layers,
        latent_dim=len(arrays["param/v_gcn.MLP.bias"]),
        project=["visual"],
        reg_weight=hyper["reg_weight"],
        variant="released",
    )
    user, item = torch.from_numpy(arrays["extra/id_embedding"]).split([model.num_users, model.num_items])
    frozen = {"user_embedding.weight": user, "item_embedding.weight": item}
    for ours, theirs in MODALITIES.items():
        frozen[f"preference.{ours}"] = torch.from_numpy(arrays[f"extra/{theirs}.preference"])
    model.load_state_dict({**frozen, **weights(arrays, "param", num_layers)})
    return model


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])


def test_loss_and_gradients(model, oracle, data, golden_problem, num_layers, near_in_scale) -> None:
    loss = sum(model.loss(data, golden_problem[1]).values())
    near_in_scale(loss, oracle[0]["train/loss"], 1e-5)  # the L2 term is a part in ten thousand
    loss.backward()
    grads = {name: value.grad for name, value in model.named_parameters() if value.requires_grad}
    expected = weights(oracle[0], "train/grad", num_layers)
    assert set(grads) == set(expected)
    for name, value in grads.items():
        near_in_scale(value, expected[name])


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)
