"""VBPR against the released code's numbers."""

import pytest
import torch
from torch import Tensor

from pygmmrec.models import VBPR

ORDER = ("text", "visual")
"""How their one linear map has the features side by side."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("VBPR")


def weights(arrays, kind: str, sizes: list[int]) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients (``train/grad``) in our form."""
    names = {"user_embedding.weight": "u_embedding", "item_embedding.weight": "i_embedding"}
    names["bias"] = "item_linear.bias"
    found = {ours: torch.from_numpy(arrays[f"{kind}/{theirs}"]) for ours, theirs in names.items()}
    split = torch.from_numpy(arrays[f"{kind}/item_linear.weight"]).split(sizes, dim=1)
    return found | {f"project.lins.{name}.weight": part for name, part in zip(ORDER, split, strict=True)}


@pytest.fixture
def sizes(golden_problem) -> list[int]:
    return [golden_problem[0]["item"][name].size(1) for name in ORDER]


@pytest.fixture
def model(oracle, golden_problem, sizes) -> VBPR:
    arrays, hyper = oracle
    dim, reg_weight = hyper["embedding_size"], hyper["reg_weight"]
    model = VBPR.from_data(golden_problem[0], embedding_dim=dim, reg_weight=reg_weight, variant="released")
    model.load_state_dict(weights(arrays, "param", sizes))
    return model


def test_embeddings_and_scores(model, oracle, golden_problem, near_outputs) -> None:
    near_outputs(model, model(golden_problem[0]), oracle[0])


def test_loss_and_gradients(model, oracle, golden_problem, sizes, near_in_scale, near_gradients) -> None:
    loss = sum(model.loss(*golden_problem).values())
    near_in_scale(loss, oracle[0]["train/loss"])
    loss.backward()
    near_gradients(model, weights(oracle[0], "train/grad", sizes))


def test_ten_steps_of_adam(model, oracle, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, *golden_problem, len(expected)), expected)
