"""BPRMF against the released code's numbers."""

import json

import numpy as np
import pytest
import torch

from pygmmrec.models import BPRMF


@pytest.fixture
def oracle(golden):
    return np.load(golden / "BPR.npz"), json.loads((golden / "BPR.json").read_text())["hyper_parameters"]


@pytest.fixture
def model(oracle, golden_problem) -> BPRMF:
    arrays, hyper = oracle
    dim, reg_weight = hyper["embedding_size"], hyper["reg_weight"]
    model = BPRMF.from_data(golden_problem[0], embedding_dim=dim, reg_weight=reg_weight, variant="released")
    names = ("user_embedding.weight", "item_embedding.weight")
    model.load_state_dict({name: torch.from_numpy(arrays[f"param/{name}"]) for name in names})
    return model


def near(actual: torch.Tensor, expected: np.ndarray, tolerance: float = 1e-6) -> None:
    torch.testing.assert_close(actual, torch.from_numpy(expected), rtol=tolerance, atol=tolerance)


def test_embeddings_and_scores(model, oracle, golden_problem) -> None:
    out = model(golden_problem[0])
    near(out.user, oracle[0]["eval/user_emb"])
    near(out.item, oracle[0]["eval/item_emb"])
    near(model.score(out, torch.arange(model.num_users)), oracle[0]["eval/scores"])


def test_loss_and_gradients(model, oracle, golden_problem) -> None:
    loss = sum(model.loss(*golden_problem).values())
    near(loss.reshape(1), oracle[0]["train/loss"])
    loss.backward()
    for name, value in model.named_parameters():
        near(value.grad, oracle[0][f"train/grad/{name}"])


def test_ten_steps_of_adam(model, oracle, golden_problem) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in oracle[0]["traj/loss"]:
        loss = sum(model.loss(*golden_problem).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    near(torch.tensor(losses, dtype=torch.float64), oracle[0]["traj/loss"], 1e-5)


def test_the_papers_variant_differs_in_the_l2_term_alone(model, oracle, golden_problem) -> None:
    other = BPRMF(**{**model.config, "variant": "paper"})
    other.load_state_dict(model.state_dict())
    released, paper = model.loss(*golden_problem), other.loss(*golden_problem)
    assert torch.equal(released["bpr"], paper["bpr"])
    assert not torch.allclose(released["l2"], paper["l2"])
