"""DualGNN against the public code's numbers."""

import numpy as np
import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models import DualGNN
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import USER_GRAPH

MODALITIES = {"visual": "v_gcn", "text": "t_gcn"}
"""Ours to theirs, in the order in which they are added up."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("DualGNN")


@pytest.fixture
def num_users(oracle) -> int:
    return len(oracle[0]["param/weight_u"])


@pytest.fixture
def data(golden_problem, oracle, num_users):
    """With the user graph of their epoch, whose short lists random repeats fill up."""
    data = DualGNN.pre_transform()(golden_problem[0])
    neighbour = torch.from_numpy(oracle[0]["graph/epoch_user_graph"])  # [U, k]
    user = torch.arange(num_users).repeat_interleave(neighbour.size(1))
    weight = torch.from_numpy(oracle[0]["graph/user_weight_matrix"]).flatten()
    store = data[USER_GRAPH]
    rewire(store, edge_index=torch.stack([neighbour.flatten(), user]), edge_weight=weight)
    store.matrix = Adj.from_edge_index(store.edge_index, weight, size=(num_users, num_users))
    return data


def weights(arrays, kind: str) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients (``train/grad``) in our form; some of theirs are never used."""

    def at(name: str) -> Tensor:
        return torch.from_numpy(arrays[f"{kind}/{name}"])

    found = {"user_weight": at("weight_u").squeeze(-1), "item_weight": at("weight_i").squeeze(-1)}
    for ours, theirs in MODALITIES.items():
        name = f"{theirs}.preference" if kind == "param" else f"{theirs[0]}_preference"
        found[f"preference.{ours}"] = at(name)
        for part in ("weight", "bias"):
            found[f"project.hidden.lins.{ours}.{part}"] = at(f"{theirs}.MLP.{part}")
            found[f"project.out.lins.{ours}.{part}"] = at(f"{theirs}.MLP_1.{part}")
    return found


@pytest.fixture
def model(oracle, data) -> DualGNN:
    arrays, hyper = oracle
    model = DualGNN.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=arrays["param/v_gcn.preference"].shape[1],
        hidden_dim=len(arrays["param/v_gcn.MLP.bias"]),
        reg_weight=hyper["reg_weight"],
        variant="released",
    )
    model.load_state_dict(weights(arrays, "param"))
    return model


def test_embeddings_and_scores(model, oracle, data, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])


def test_loss_and_gradients(model, oracle, data, golden_problem, near_in_scale, near_gradients) -> None:
    loss = sum(model.loss(data, golden_problem[1]).values())
    near_in_scale(loss, oracle[0]["train/loss"], 1e-6)  # the L2 term is a part in six hundred
    loss.backward()
    near_gradients(model, weights(oracle[0], "train/grad"))


def test_our_user_graph_has_their_neighbours_and_their_proportions(
    golden, golden_problem, oracle, num_users
) -> None:
    """Their counts are given for all pairs; their lists repeat neighbours, ours do not."""
    data = golden_problem[0]
    theirs, weight = oracle[0]["graph/epoch_user_graph"], oracle[0]["graph/user_weight_matrix"]
    k = theirs.shape[1]
    ours = DualGNN.pre_transform(k=k)(data)[USER_GRAPH].matrix.to_dense().double()
    count = torch.from_numpy(np.load(golden / "problem.npz")["user_user_cooccurrence"]).double()
    sharing = (count > 0).sum(dim=1)
    for user in range(num_users):
        if sharing[user] == 0:
            assert not ours[user].any()
            continue
        kept = ours[user].nonzero().squeeze(-1)
        assert len(kept) == min(k, sharing[user])
        assert count[user, kept].sum() == count[user].sort(descending=True).values[: len(kept)].sum()
        torch.testing.assert_close(ours[user, kept], count[user, kept].softmax(dim=0), rtol=1e-5, atol=1e-7)
        if sharing[user] <= k:
            assert set(theirs[user].tolist()) == set(kept.tolist())
            padded = torch.from_numpy(weight[user]).double() / ours[user, theirs[user]]
            torch.testing.assert_close(padded, padded[:1].expand_as(padded), rtol=1e-5, atol=0)
