"""SLMRec against the released code's numbers."""

import numpy as np
import pytest
import torch
from torch import Tensor

from pygmmrec.models import SLMRec

MODALITIES = {"visual": "v", "text": "t"}
"""Ours to theirs, from fine to coarse."""

NAMES = {
    "user_embedding.weight": "embedding_user.weight",
    "item_embedding.weight": "embedding_item.weight",
    "fine_coarse.joint.visual.weight": "g_i_iv.weight",
    "fine_coarse.joint.visual.bias": "g_i_iv.bias",
    "fine_coarse.own.visual.weight": "g_v_iv.weight",
    "fine_coarse.between.weight": "g_iv_iva.weight",
    "fine_coarse.between.bias": "g_iv_iva.bias",
    "fine_coarse.joint.text.weight": "g_iva_ivat.weight",
    "fine_coarse.joint.text.bias": "g_iva_ivat.bias",
    "fine_coarse.own.text.weight": "g_t_ivat.weight",
    **{f"fuse_{side}.{part}": f"embedding_{side}_after_GCN.{part}"
       for side in ("user", "item") for part in ("weight", "bias")},
    **{f"project.lins.{ours}.{part}": f"{theirs}_dense.{part}"
       for ours, theirs in MODALITIES.items() for part in ("weight", "bias")},
}  # fmt: skip
"""Ours to theirs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("SLMRec")


@pytest.fixture
def data(golden_problem):
    return SLMRec.pre_transform()(golden_problem[0])


@pytest.fixture
def model(oracle, data, renamed) -> SLMRec:
    arrays, hyper = oracle
    model = SLMRec.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["recdim"],
        num_layers=hyper["layer_num"],
        temperature=hyper["temp"],
        ssl_tasks=[hyper["ssl_task"]],
        ssl_weight=hyper["ssl_alpha"],
        ssl_temperature=hyper["ssl_temp"],
        reg_weight=0.0,  # weight decay is their optimiser's
        variant="released",
    )
    model.load_state_dict(renamed(arrays, NAMES, "param"))
    return model


def test_embeddings_and_scores(model, oracle, data, near) -> None:
    out = model(data)
    near(out.user, oracle[0]["eval/user_emb"])
    near(out.item, oracle[0]["eval/item_emb"])
    scores: Tensor = model.score(out, torch.arange(model.num_users))
    near(scores.sigmoid(), oracle[0]["eval/scores"])


def test_loss_and_gradients(
    model, oracle, data, golden_problem, near_in_scale, near_gradients, renamed
) -> None:
    arrays = oracle[0]
    loss = sum(model.loss(data, golden_problem[1]).values())
    near_in_scale(loss, arrays["train/loss"], 1e-5)  # a task is a hundredth of it
    loss.backward()
    near_gradients(model, renamed(arrays, NAMES, "train/grad"))
    for theirs in ("g_v_iv.bias", "g_t_ivat.bias"):  # which we do not have
        assert np.abs(arrays[f"train/grad/{theirs}"]).max() < 1e-6


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)
