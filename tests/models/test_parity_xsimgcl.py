"""XSimGCL against the numbers of two public codes."""

from itertools import cycle

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import XSimGCL

NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_embedding.weight",
}
"""Ours to theirs."""

FORMS = {"released": ("train", "traj/loss"), "paper": ("authors", "traj/authors")}
"""Our variants to their loss and its trajectory."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("XSimGCL")


@pytest.fixture
def data(golden_problem) -> HeteroData:
    return XSimGCL.prepare(golden_problem[0])


@pytest.fixture(params=FORMS)
def model(request, oracle, data, renamed, monkeypatch) -> XSimGCL:
    """The model with their weights, which replays their noise again and again."""
    arrays, hyper = oracle
    model = XSimGCL.from_data(
        data,
        embedding_dim=hyper["embedding_size"],
        num_layers=hyper["n_layers"],
        cl_layer=hyper["layer_cl"],
        eps=hyper["eps"],
        cl_weight=hyper["lambda"],
        temperature=hyper["temperature"],
        reg_weight=hyper["reg_weight"],
        variant=request.param,
    )
    model.load_state_dict(renamed(arrays, NAMES, "param"))
    tables = [arrays[f"noise/{n}"] for n in range(sum(key.startswith("noise/") for key in arrays))]
    drawn = [torch.from_numpy(table) for table in tables]
    replay = cycle([part for x in drawn for part in (x[: model.num_users], x[model.num_users :])])
    monkeypatch.setattr(model.noise, "draw", lambda _: next(replay))
    return model


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])


def test_loss_terms_and_gradients(
    model, oracle, data, golden_problem, near_in_scale, near_gradients, renamed
) -> None:
    arrays, kind = oracle[0], FORMS[model.variant][0]
    terms = model.loss(data, golden_problem[1])
    near_in_scale(terms["bpr"], arrays[f"{kind}/term/bpr"])
    near_in_scale(terms["l2"], arrays[f"{kind}/term/reg"])
    if kind == "train":
        for of in ("user", "item"):
            near_in_scale(terms[f"cl_{of}"], model.cl_weight * arrays[f"train/term/cl_{of}"])
    else:
        near_in_scale(terms["cl_user"] + terms["cl_item"], arrays["authors/term/cl"])
    loss = sum(terms.values())
    near_in_scale(loss, arrays[f"{kind}/loss"])
    loss.backward()
    near_gradients(model, renamed(arrays, NAMES, f"{kind}/grad"))


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0][FORMS[model.variant][1]]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)
