"""BPRMF against the released code's numbers."""

from functools import partial

import pytest
import torch

from pygmmrec.models import BPRMF

NAMES = ("user_embedding.weight", "item_embedding.weight")
"""Ours and theirs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("BPR")


@pytest.fixture
def model(oracle, golden_problem) -> BPRMF:
    arrays, hyper = oracle
    dim, reg_weight = hyper["embedding_size"], hyper["reg_weight"]
    model = BPRMF.from_data(golden_problem[0], embedding_dim=dim, reg_weight=reg_weight, variant="released")
    model.load_state_dict({name: torch.from_numpy(arrays[f"param/{name}"]) for name in NAMES})
    return model


def test_embeddings_and_scores(model, oracle, golden_problem, near_outputs) -> None:
    near_outputs(model, model(golden_problem[0]), oracle[0], 1e-6)


def test_loss_and_gradients(model, oracle, golden_problem, near, near_gradients) -> None:
    loss = sum(model.loss(*golden_problem).values())
    near(loss.reshape(1), oracle[0]["train/loss"], 1e-6)
    loss.backward()
    expected = {name: oracle[0][f"train/grad/{name}"] for name in NAMES}
    near_gradients(model, expected, each=partial(near, tolerance=1e-6))


def test_ten_steps_of_adam(model, oracle, golden_problem, near, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near(adam_steps(model, *golden_problem, len(expected)), expected)


def test_the_papers_variant_differs_in_the_l2_term_alone(model, oracle, golden_problem) -> None:
    other = BPRMF(**{**model.config, "variant": "paper"})
    other.load_state_dict(model.state_dict())
    released, paper = model.loss(*golden_problem), other.loss(*golden_problem)
    assert torch.equal(released["bpr"], paper["bpr"])
    assert not torch.allclose(released["l2"], paper["l2"])
