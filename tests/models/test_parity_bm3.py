"""BM3 against the released code's numbers."""

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import BM3

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs."""

NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_id_embedding.weight",
    "predictor.weight": "predictor.weight",
    "predictor.bias": "predictor.bias",
    **{
        f"project.lins.{ours}.{part}": f"{theirs}_trs.{part}"
        for ours, theirs in MODALITIES.items()
        for part in ("weight", "bias")
    },
}
"""Ours to theirs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("BM3")


@pytest.fixture
def data(golden_problem, oracle) -> HeteroData:
    """The graph, whose raw features are trained, as in the released code."""
    data = BM3.pre_transform()(golden_problem[0])
    for ours, theirs in MODALITIES.items():
        features = torch.from_numpy(oracle[0][f"param/{theirs}_embedding.weight"])
        data["item"][ours] = features.clone().requires_grad_()
    return data


@pytest.fixture
def model(oracle, data, renamed) -> BM3:
    arrays, hyper = oracle
    model = BM3.from_data(
        data,
        embedding_dim=hyper["embedding_size"],
        num_layers=hyper["n_layers"],
        p=hyper["dropout"],
        cl_weight=hyper["cl_weight"],
        reg_weight=hyper["reg_weight"],
        variant="released",
    )
    model.load_state_dict(renamed(arrays, NAMES, "param"))
    return model


def test_embeddings_and_scores(model, oracle, data, near) -> None:
    arrays, e, out = oracle[0], model.propagate(data), model(data)
    near(e.user, arrays["eval/user_emb"])
    near(e.item, arrays["eval/item_emb"])
    near(out.user, arrays["eval/user_predictor"])
    near(out.item, arrays["eval/item_predictor"])
    near(model.score(out, torch.arange(model.num_users)), arrays["eval/scores"])


def test_loss_and_gradients(
    model, oracle, data, golden_problem, near_in_scale, near_gradients, renamed
) -> None:
    arrays = oracle[0]
    loss = sum(model.loss(data, golden_problem[1]).values())
    near_in_scale(loss, arrays["train/loss"].reshape(()), 1e-5)  # the L2 term is a part in a thousand
    loss.backward()
    near_gradients(model, renamed(arrays, NAMES, "train/grad"))
    for ours, theirs in MODALITIES.items():
        near_in_scale(data["item"][ours].grad, arrays[f"train/grad/{theirs}_embedding.weight"])


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected, features = oracle[0]["traj/loss"], [data["item"][name] for name in MODALITIES]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected), features), expected)
